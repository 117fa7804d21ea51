#include "services/gateway/own_channel.h"

#include <optional>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/methods.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::gateway {
namespace {

absl::Status UnknownMethod() {
  return Error(absl::StatusCode::kUnimplemented, "UNKNOWN_METHOD", "The gateway has no such method. Check its name.");
}

// One message, or an error. What is to be done is done at the first Read.
class AnswerStream : public rpc::ClientStream {
 public:
  using Work = std::function<absl::StatusOr<std::string>()>;

  AnswerStream(std::shared_ptr<Executor> executor, Work work)
      : executor_(std::move(executor)), work_(std::move(work)) {}

  void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) override {
    if (work_ == nullptr) return std::move(done)(std::nullopt, absl::OkStatus());
    executor_->Post([work = std::exchange(work_, nullptr), done = std::move(done)]() mutable {
      absl::StatusOr<std::string> answer = work();
      if (!answer.ok()) return std::move(done)(std::nullopt, answer.status());
      std::move(done)(*std::move(answer), absl::OkStatus());
    });
  }

 private:
  const std::shared_ptr<Executor> executor_;
  Work work_;
};

// What an error looks like that needs no work.
class RefusedStream : public rpc::ClientStream {
 public:
  explicit RefusedStream(absl::Status status) : status_(std::move(status)) {}
  void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) override {
    std::move(done)(std::nullopt, status_);
  }

 private:
  const absl::Status status_;
};

}  // namespace

OwnChannel::OwnChannel(std::shared_ptr<rpc::Channel> live, std::shared_ptr<identity::Keys> keys, bool local,
                       Runtime& runtime)
    : live_(std::move(live)),
      authorizer_(keys, local),
      tokens_(keys, runtime),
      runtime_(runtime),
      executor_(runtime.NewExecutor("tokens", 1)) {
  Add("CreateToken", &TokenMethods::CreateToken);
  Add("ListTokens", &TokenMethods::ListTokens);
  Add("RevokeToken", &TokenMethods::RevokeToken);
  Add("RotateToken", &TokenMethods::RotateToken);
}

OwnChannel::~OwnChannel() { Stop(); }

template <typename Request, typename Response>
void OwnChannel::Add(std::string_view name,
                     absl::StatusOr<Response> (TokenMethods::*method)(const rpc::Principal&, const Request&)) {
  const auto rules = std::make_shared<const rpc::RequestRules>(Request::descriptor());
  answers_[fmt::format("/dangol.gateway.v1.TokenService/{}", name)] =
      [this, rules, method](const rpc::Principal& caller, const std::string& bytes) -> absl::StatusOr<std::string> {
    Request request;
    if (!request.ParseFromString(bytes)) {
      return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_MESSAGE",
                   fmt::format("The request is no {}.", Request::descriptor()->name()));
    }
    RETURN_IF_ERROR(rules->Enforce(request, runtime_.Now()));
    ASSIGN_OR_RETURN(const Response response, (tokens_.*method)(caller, request));
    return response.SerializeAsString();
  };
}

absl::StatusOr<rpc::Principal> OwnChannel::Admit(const std::string& method, const rpc::Metadata& metadata) {
  ASSIGN_OR_RETURN(rpc::Principal caller, authorizer_.Authenticate(metadata));
  const google::protobuf::MethodDescriptor* found = rpc::FindMethod(method);
  if (found == nullptr) return UnknownMethod();
  const std::string& permission = found->options().GetExtension(dangol::api::v1::method).permission();
  RETURN_IF_ERROR(authorizer_.Authorize(caller, permission));
  return caller;
}

void OwnChannel::Unary(std::string, std::string, rpc::CallOptions, absl::AnyInvocable<void(rpc::Reply) &&> done) {
  std::move(done)({UnknownMethod(), "", {}});
}

std::unique_ptr<rpc::ClientStream> OwnChannel::Stream(std::string method, std::string request,
                                                      rpc::CallOptions options) {
  const absl::StatusOr<rpc::Principal> caller = Admit(method, options.metadata);
  if (!caller.ok()) return std::make_unique<RefusedStream>(caller.status());
  const auto answer = answers_.find(method);
  if (answer == answers_.end()) return live_->Stream(std::move(method), std::move(request), std::move(options));
  return std::make_unique<AnswerStream>(executor_, [&answer = answer->second, caller = *caller,
                                                    request = std::move(request)] { return answer(caller, request); });
}

}  // namespace dangol::gateway
