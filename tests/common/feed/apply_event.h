// One event given to a reaction, as a subscription does it: in a write of its own, through the queue of a service.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

#include "common/base/ids.h"
#include "common/feed/source.h"
#include "common/rpc/call.h"
#include "common/storage/write_queue.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::testing {

// `react` is a Source's; runs what is ready until the write is done.
inline absl::Status ApplyEvent(SimulatedService& service, const feed::Source& source,
                               const google::protobuf::Message& event) {
  class EventWrite : public storage::Write {
   public:
    EventWrite(SimulatedService& service, const feed::Source& source, const google::protobuf::Message& event,
               std::shared_ptr<std::optional<absl::Status>> result)
        : service_(service), source_(source), event_(event), result_(std::move(result)) {}
    absl::Status Apply(storage::Transaction& transaction) override {
      const rpc::Principal principal{.name = "subscription/test", .roles = {"service"}, .stages = {}};
      return source_.react(transaction, rpc::Call(service_.runtime().Now(), principal, ids_, ""), event_);
    }
    void Done(const absl::Status& status, const storage::Position&) override { *result_ = status; }

   private:
    SimulatedService& service_;
    const feed::Source& source_;
    const google::protobuf::Message& event_;
    const std::shared_ptr<std::optional<absl::Status>> result_;
    IdMaker ids_{1000};
  };
  auto result = std::make_shared<std::optional<absl::Status>>();
  service.service().write_queue().Submit(storage::Lane::kReaction,
                                         std::make_unique<EventWrite>(service, source, event, result));
  while (!*result && service.runtime().RunOne()) {
  }
  return result->value_or(absl::InternalError("the write was never done"));
}

}  // namespace dangol::testing
