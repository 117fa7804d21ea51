// What a server says of a call beside its messages, for who hands it on: the gateway.
#pragma once

#include <string>

#include "common/rpc/transport.h"

namespace dangol::rpc {

struct ServerMetadata {
  Metadata initial;
  Metadata trailing;
  std::string status_details;  // google.rpc.Status as it came; empty where the error has none
};

// A stream of a transport that carries these: those of gRPC's channels are.
class MetadataClientStream : public ClientStream {
 public:
  // Not while a Read is under way. `initial` is there after the first message, the rest after the end.
  virtual const ServerMetadata& metadata() const = 0;
};

}  // namespace dangol::rpc
