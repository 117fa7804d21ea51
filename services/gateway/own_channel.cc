#include "services/gateway/own_channel.h"

#include <optional>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/audit_entry.h"
#include "common/rpc/methods.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::gateway {
namespace {

constexpr char kWatchPath[] = "/dangol.gateway.v1.LiveService/Watch";

absl::Status UnknownMethod() {
  return Error(absl::StatusCode::kUnimplemented, "UNKNOWN_METHOD", "The gateway has no such method. Check its name.");
}

// Who changed what. `made`: the resource that the request did not name.
void Note(AuditWriter& audit, const google::protobuf::MethodDescriptor& method, const rpc::Principal& caller,
          const google::protobuf::Message& request, const absl::Status& status, const std::string& made) {
  if (!status.ok()) return audit.CountDenied(caller.name, rpc::AuditedName(method), status);
  if (method.options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS) return;
  api::v1::AuditEntry entry = rpc::AuditEntryOf(method, caller, request, "");
  if (!made.empty()) rpc::AddAnswered({made}, entry);
  audit.Record(std::move(entry));
}

template <typename Response>
std::string NameOf(const absl::StatusOr<Response>& response) {
  if constexpr (requires { response->name(); }) return response.ok() ? response->name() : "";
  return "";
}

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

OwnChannel::OwnChannel(std::shared_ptr<LiveChannel> live, std::shared_ptr<Members> members,
                       std::shared_ptr<AuditWriter> audit, std::shared_ptr<identity::Keys> keys, bool local,
                       std::string public_url, Runtime& runtime)
    : live_(std::move(live)),
      audit_(std::move(audit)),
      authorizer_(keys, local),
      runtime_(runtime),
      executor_(runtime.NewExecutor("tokens", 1)),
      tokens_(keys, runtime),
      sign_in_(std::move(members), keys, std::move(public_url), executor_, runtime) {
  AddToken("CreateToken", &TokenMethods::CreateToken);
  AddToken("ListTokens", &TokenMethods::ListTokens);
  AddToken("RevokeToken", &TokenMethods::RevokeToken);
  AddToken("RotateToken", &TokenMethods::RotateToken);
  Add<v1::CreateSignInLinkRequest, v1::SignInLink>("/dangol.gateway.v1.SignInService/CreateSignInLink",
                                                   [this](const auto& caller, const auto& request, auto done) {
                                                     sign_in_.CreateSignInLink(caller, request, std::move(done));
                                                   });
}

OwnChannel::~OwnChannel() { Stop(); }

template <typename Request, typename Response>
void OwnChannel::AddToken(std::string_view name,
                          absl::StatusOr<Response> (TokenMethods::*method)(const rpc::Principal&, const Request&)) {
  Add<Request, Response>(fmt::format("/dangol.gateway.v1.TokenService/{}", name),
                         [this, method](const rpc::Principal& caller, const Request& request, Respond<Response> done) {
                           std::move(done)((tokens_.*method)(caller, request));
                         });
}

template <typename Request, typename Response>
void OwnChannel::Add(std::string path,
                     std::function<void(const rpc::Principal&, const Request&, Respond<Response>)> answer) {
  const auto rules = std::make_shared<const rpc::RequestRules>(Request::descriptor());
  const google::protobuf::MethodDescriptor* method = rpc::FindMethod(path);
  answers_[std::move(path)] = [this, method, rules, answer = std::move(answer)](const rpc::Principal& caller,
                                                                                const std::string& bytes, Done done) {
    Request request;
    if (!request.ParseFromString(bytes)) {
      return std::move(done)(Error(absl::StatusCode::kInvalidArgument, "MALFORMED_MESSAGE",
                                   fmt::format("The request is no {}.", Request::descriptor()->name())));
    }
    if (const absl::Status status = rules->Enforce(request, runtime_.Now()); !status.ok())
      return std::move(done)(status);
    answer(
        caller, request,
        [audit = audit_, method, caller, request, done = std::move(done)](absl::StatusOr<Response> response) mutable {
          Note(*audit, *method, caller, request, response.status(), NameOf(response));
          if (!response.ok()) return std::move(done)(response.status());
          std::move(done)(response->SerializeAsString());
        });
  };
}

absl::StatusOr<rpc::Principal> OwnChannel::Authenticate(const google::protobuf::MethodDescriptor& method,
                                                        const rpc::Metadata& metadata) {
  absl::StatusOr<rpc::Principal> caller = authorizer_.Authenticate(metadata);
  if (!caller.ok()) audit_->CountDenied("", rpc::AuditedName(method), caller.status());
  return caller;
}

absl::StatusOr<rpc::Principal> OwnChannel::Admit(const std::string& method, const rpc::Metadata& metadata) {
  const google::protobuf::MethodDescriptor* found = rpc::FindMethod(method);
  if (found == nullptr) return UnknownMethod();
  ASSIGN_OR_RETURN(rpc::Principal caller, Authenticate(*found, metadata));
  const std::string& permission = found->options().GetExtension(dangol::api::v1::method).permission();
  if (absl::Status status = authorizer_.Authorize(caller, permission); !status.ok()) {
    audit_->CountDenied(caller.name, rpc::AuditedName(*found), status);
    return status;
  }
  return caller;
}

void OwnChannel::Unary(std::string method, std::string request, rpc::CallOptions options,
                       absl::AnyInvocable<void(rpc::Reply) &&> done) {
  const absl::StatusOr<rpc::Principal> caller = Admit(method, options.metadata);
  if (!caller.ok()) return std::move(done)({caller.status(), "", {}});
  const auto answer = answers_.find(method);
  if (answer == answers_.end()) return std::move(done)({UnknownMethod(), "", {}});
  executor_->Post(
      [&answer = answer->second, caller = *caller, request = std::move(request), done = std::move(done)]() mutable {
        answer(caller, request, [done = std::move(done)](absl::StatusOr<std::string> response) mutable {
          if (!response.ok()) return std::move(done)({response.status(), "", {}});
          std::move(done)({absl::OkStatus(), *std::move(response), {}});
        });
      });
}

std::unique_ptr<rpc::ClientStream> OwnChannel::Stream(std::string method, std::string request,
                                                      rpc::CallOptions options) {
  const google::protobuf::MethodDescriptor* watch = method == kWatchPath ? rpc::FindMethod(method) : nullptr;
  if (watch == nullptr) return std::make_unique<RefusedStream>(UnknownMethod());
  const absl::StatusOr<rpc::Principal> caller = Authenticate(*watch, options.metadata);
  if (!caller.ok()) return std::make_unique<RefusedStream>(caller.status());
  // Each feed has a permission of its own.
  const auto allow = [&](std::string_view permission) { return authorizer_.Authorize(*caller, permission); };
  absl::StatusOr<std::unique_ptr<rpc::ClientStream>> stream = live_->Stream(request, options.deadline, allow);
  if (stream.ok()) return *std::move(stream);
  audit_->CountDenied(caller->name, rpc::AuditedName(*watch), stream.status());
  return std::make_unique<RefusedStream>(stream.status());
}

}  // namespace dangol::gateway
