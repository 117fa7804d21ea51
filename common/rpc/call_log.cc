#include "common/rpc/call_log.h"

#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/base/log.h"

namespace dangol::rpc {
namespace {

// What is known of a call at its beginning.
class Line {
 public:
  Line(const ServerCall& call, Runtime& runtime, Authorizer& authorizer)
      : runtime_(runtime), start_(runtime.SteadyNow()), method_(call.method), request_bytes_(call.request.size()) {
    const auto principal = authorizer.Authenticate(call.metadata);
    principal_ = principal.ok() ? principal->name : "nobody";
  }

  void Write(const absl::Status& status) {
    std::string outcome(absl::StatusCodeToString(status.code()));
    if (const std::string reason(ErrorReason(status)); !reason.empty()) outcome += " " + reason;
    Log()->debug("call {} by {}: {} after {:.1f} ms, request of {} bytes", method_, principal_, outcome,
                 absl::ToDoubleMilliseconds(runtime_.SteadyNow() - start_), request_bytes_);
  }

 private:
  Runtime& runtime_;
  const absl::Time start_;
  const std::string method_;
  const size_t request_bytes_;
  std::string principal_;
};

// `Kind`: ServerUnaryCall or ServerStreamCall.
template <typename Kind>
class Forwarded : public Kind {
 public:
  Forwarded(std::shared_ptr<Kind> call, Runtime& runtime, Authorizer& authorizer)
      : line_(*call, runtime, authorizer), call_(std::move(call)) {
    this->method = call_->method;
    this->metadata = call_->metadata;
    this->deadline = call_->deadline;
    this->request = std::move(call_->request);
  }

  bool cancelled() const override { return call_->cancelled(); }
  void OnCancel(Task task) override { call_->OnCancel(std::move(task)); }

 protected:
  Line line_;
  const std::shared_ptr<Kind> call_;
};

class LoggedUnaryCall : public Forwarded<ServerUnaryCall> {
 public:
  using Forwarded::Forwarded;

  void Finish(Reply reply) override {
    line_.Write(reply.status);
    call_->Finish(std::move(reply));
  }
};

class LoggedStreamCall : public Forwarded<ServerStreamCall> {
 public:
  using Forwarded::Forwarded;

  void Write(std::string message, absl::AnyInvocable<void(bool) &&> done) override {
    call_->Write(std::move(message), std::move(done));
  }
  void Finish(absl::Status status, Metadata trailing) override {
    line_.Write(status);
    call_->Finish(std::move(status), std::move(trailing));
  }
  void Abort() override { call_->Abort(); }
};

}  // namespace

std::shared_ptr<ServerUnaryCall> Logged(std::shared_ptr<ServerUnaryCall> call, Runtime& runtime,
                                        Authorizer& authorizer) {
  if (!Log()->should_log(spdlog::level::debug)) return call;
  return std::make_shared<LoggedUnaryCall>(std::move(call), runtime, authorizer);
}

std::shared_ptr<ServerStreamCall> Logged(std::shared_ptr<ServerStreamCall> call, Runtime& runtime,
                                         Authorizer& authorizer) {
  if (!Log()->should_log(spdlog::level::debug)) return call;
  return std::make_shared<LoggedStreamCall>(std::move(call), runtime, authorizer);
}

}  // namespace dangol::rpc
