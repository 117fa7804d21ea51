#include "common/rpc/stream_guard.h"

#include <string>
#include <utility>

#include "common/base/error.h"

namespace dangol::rpc {
namespace {

class GuardedStream : public ServerStreamCall {
 public:
  GuardedStream(std::shared_ptr<ServerStreamCall> call, Runtime& runtime, Authorizer& authorizer)
      : call_(std::move(call)), runtime_(runtime), authorizer_(authorizer), looked_(runtime.SteadyNow()) {
    method = call_->method;
    metadata = call_->metadata;
    deadline = call_->deadline;
    request = std::move(call_->request);
  }

  bool cancelled() const override { return call_->cancelled(); }
  void OnCancel(Task task) override { call_->OnCancel(std::move(task)); }
  void Abort() override { call_->Abort(); }

  void Write(std::string message, absl::AnyInvocable<void(bool) &&> done) override {
    if (IsStillLetIn()) return call_->Write(std::move(message), std::move(done));
    std::move(done)(false);
  }

  void Finish(absl::Status status, Metadata trailing) override {
    call_->Finish(refusal_.ok() ? std::move(status) : refusal_, std::move(trailing));
  }

 private:
  bool IsStillLetIn() {
    const absl::Time now = runtime_.SteadyNow();
    if (refusal_.ok() && now - looked_ >= kCredentialAgeMax) {
      looked_ = now;
      refusal_ = authorizer_.Authenticate(metadata).status();
      if (ErrorReason(refusal_) == "CREDENTIAL_EXPIRED") refusal_ = absl::OkStatus();
    }
    return refusal_.ok();
  }

  const std::shared_ptr<ServerStreamCall> call_;
  Runtime& runtime_;
  Authorizer& authorizer_;
  // Of the one Write at a time, and of the Finish behind it.
  absl::Time looked_;
  absl::Status refusal_;
};

}  // namespace

std::shared_ptr<ServerStreamCall> Guarded(std::shared_ptr<ServerStreamCall> call, Runtime& runtime,
                                          Authorizer& authorizer) {
  if (FindMetadata(call->metadata, kAuthorizationKey).empty()) return call;
  return std::make_shared<GuardedStream>(std::move(call), runtime, authorizer);
}

}  // namespace dangol::rpc
