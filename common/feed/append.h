// Putting an event on a service's feed, in the transaction of the change that it tells of.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"

namespace dangol::feed {

// A resource that an event touches, and its version after it; the first is 1.
struct Touched {
  std::string name;
  int64_t version = 0;
};

// `event` is the service's event message with one `kind` set and no envelope, 64 KiB at most. It must not hold personal
// data: no name, contact point, external id, subject, body or other free text of or about a customer, nor an unkeyed
// hash of one.
absl::Status Append(storage::Transaction& transaction, const rpc::Call& call, const google::protobuf::Message& event,
                    std::span<const Touched> touched);
inline absl::Status Append(storage::Transaction& transaction, const rpc::Call& call,
                           const google::protobuf::Message& event, std::initializer_list<Touched> touched) {
  return Append(transaction, call, event, std::span(touched.begin(), touched.size()));
}

}  // namespace dangol::feed
