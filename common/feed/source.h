// A feed of another service, and what this one does about its events.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"

namespace dangol::feed {

// What a service does about one event, in the transaction that moves its cursor. `call` has the time, the identity
// `subscription/FEED` and the event's traceparent, so that what it appends to this service's own feed carries the trace
// on.
//
// A reaction may be given any event again, and must then change nothing and append nothing: what it has done is to be
// read from the versions, acceptances and revisions that events carry. Kinds that it does not know or need are OK.
// UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED and ABORTED are faults that pass: the event comes again. Any other
// error parks the event, and every later one that shares a resource with it, until an operator decides.
template <typename Event>
using Reaction = absl::Status (*)(storage::Transaction&, const rpc::Call&, const Event&);

struct Source {
  std::string_view feed;                                // name of the service that is followed, such as `tickets`
  std::string method;                                   // `/dangol.tickets.v1.TicketFeed/StreamEvents`
  const google::protobuf::Message* response = nullptr;  // default instance of what the method streams
  std::function<absl::Status(storage::Transaction&, const rpc::Call&, const google::protobuf::Message& event)> react;
};

// `service` is the proto service of the feed, such as `dangol.tickets.v1.TicketFeed`; Response is what its StreamEvents
// streams.
template <typename Response, typename Event>
Source Follow(std::string_view feed, std::string_view service, Reaction<Event> reaction) {
  return {.feed = feed,
          .method = "/" + std::string(service) + "/StreamEvents",
          .response = &Response::default_instance(),
          .react = [reaction](storage::Transaction& transaction, const rpc::Call& call,
                              const google::protobuf::Message& event) {
            return reaction(transaction, call, static_cast<const Event&>(event));
          }};
}

}  // namespace dangol::feed
