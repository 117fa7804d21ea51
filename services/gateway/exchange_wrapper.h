// An exchange around another one: what a part of the gateway adds to every answer overrides what it is about.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "services/gateway/http.h"

namespace dangol::gateway {

class ExchangeWrapper : public HttpExchange {
 public:
  // Takes the request out of `exchange`.
  explicit ExchangeWrapper(std::shared_ptr<HttpExchange> exchange) : exchange_(std::move(exchange)) {
    request = std::move(exchange_->request);
  }

  void Respond(HttpResponse response) override { exchange_->Respond(std::move(response)); }
  void StartStream(HttpResponse head) override { exchange_->StartStream(std::move(head)); }
  void Write(std::string piece, absl::AnyInvocable<void(bool) &&> done) override {
    exchange_->Write(std::move(piece), std::move(done));
  }
  void EndStream() override { exchange_->EndStream(); }
  void OnGone(Task task) override { exchange_->OnGone(std::move(task)); }
  bool Hold(size_t bytes) override { return exchange_->Hold(bytes); }
  void Post(Task task) override { exchange_->Post(std::move(task)); }
  void NoteMethod(std::string_view method) override { exchange_->NoteMethod(method); }
  void PostAfter(absl::Duration delay, Task task) override { exchange_->PostAfter(delay, std::move(task)); }

 private:
  const std::shared_ptr<HttpExchange> exchange_;
};

}  // namespace dangol::gateway
