// Channel over gRPC: bytes to one service, on connections of its own to all of its replicas.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "common/rpc/limits.h"
#include "common/rpc/tls.h"
#include "common/rpc/transport.h"

namespace grpc {
class ByteBuffer;
}

namespace dangol::rpc {

struct GrpcChannelOptions {
  int message_bytes_max = kMessageBytesMax;  // sent or received; more is RESOURCE_EXHAUSTED
  // False: while the server is away, a call is UNAVAILABLE at once. True: it waits for the server until its deadline.
  bool wait_for_ready = false;
  // False: calls go also to replicas whose health is not SERVING. For who asks them how they are.
  bool serving_only = true;
  TlsFiles tls = {};  // none: without TLS
  // Of silence while a call is open; then a ping, which tells a dead server.
  absl::Duration keepalive = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  absl::Duration reconnect_min = absl::Milliseconds(100);  // after the first failure; doubles
  absl::Duration reconnect_max = absl::Seconds(1);         // so that a server that is back is soon found
};

// Connects at the first call, never blocks, and goes on trying. `target` is host:port, `dns:///name:port`, whose every
// address is a replica, or a list, `ipv4:10.0.0.1:7401,10.0.0.2:7401`. Calls go to all replicas in turn whose health is
// SERVING; names are looked up again when a connection ends. Nothing is sent twice. Calls outlive the channel:
// destroying it lets go of the connection when the last of them has ended.
//
// `done` of a call runs on one of gRPC's few threads: it must not block. It never runs inside of Unary or Read, except
// for a Read after the one that told how the stream ended.
//
// Errors beside those of the server: UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED (message too large),
// and INVALID_ARGUMENT with reason METADATA_INVALID for metadata that HTTP/2 cannot carry, such as a token with a line
// feed.
std::unique_ptr<Channel> NewGrpcChannel(std::string target, GrpcChannelOptions options = {});

// What server and channel share. Not for others.
namespace grpc_internal {

// To be called before anything of gRPC's. Its log goes to ours, as debug: what it says is said again, better, by a
// status. From here on its callback threads live, awake, as long as the process.
void SetUpGrpc();
std::string ToString(const grpc::ByteBuffer& buffer);
void FromString(std::string bytes, grpc::ByteBuffer* buffer);
// False: gRPC would abort the process over this entry.
bool IsLegalMetadata(std::string_view key, std::string_view value);
// What comes before HandOver happens before what follows TakeOver of the same object. It does anyway, by gRPC; but the
// thread sanitizer, which does not see into gRPC's library, has to be told. Nothing without it.
void HandOver(const void* object);
void TakeOver(const void* object);

}  // namespace grpc_internal
}  // namespace dangol::rpc
