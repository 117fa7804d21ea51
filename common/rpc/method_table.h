// From bytes to handlers. Every RPC of a service is one line here:
//
//   ServiceMethods(table, "dangol.tickets.v1.TicketService")
//       .Add("CreateTicket", CreateTicket)     // a function over Transaction& goes through the WriteQueue
//       .Add("GetTicket", GetTicket);          // a function over Snapshot& goes to the ReaderPool
//
// For each call the table checks, in this order: that the method exists, the request's size, identity, permission, that
// the request parses, and every rule that the proto states on its fields. A handler sees only what passed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

#include "common/base/ids.h"
#include "common/base/runtime.h"
#include "common/rpc/authorization.h"
#include "common/rpc/call.h"
#include "common/rpc/decided_by.h"
#include "common/rpc/denied_calls.h"
#include "common/rpc/transport.h"
#include "common/rpc/validation.h"
#include "common/storage/database.h"
#include "common/storage/feed_head.h"
#include "common/storage/reader_pool.h"
#include "common/storage/write_queue.h"

namespace dangol::rpc {

// Metadata that every service knows.
// Trailing, of every write: its position in this service's feed; of a read that sent the other one: the position that
// it saw.
inline constexpr std::string_view kCursorKey = "x-dangol-cursor";
// Of a read: it has to be in the snapshot. A position of this service's feed, which is there or is lost (DATA_LOSS); or
// of one that this service follows, which is waited for.
inline constexpr std::string_view kMinCursorKey = "x-dangol-min-cursor";
inline constexpr std::string_view kTraceparentKey = "traceparent";

using MessagePointer = std::unique_ptr<google::protobuf::Message>;

template <typename Request, typename Response>
using WriteHandler = absl::StatusOr<Response> (*)(storage::Transaction&, const Call&, const Request&);
template <typename Request, typename Response>
using ReadHandler = absl::StatusOr<Response> (*)(storage::Snapshot&, const Call&, const Request&);
// The resource as it is now, and as the caller may see it, for the answer to a repeated request. NOT_FOUND where it is
// gone.
template <typename Resource>
using ResourceReader = absl::StatusOr<Resource> (*)(storage::Snapshot&, const Call&, std::string_view name);
// The same where everybody sees the same.
template <typename Resource>
using PublicResourceReader = absl::StatusOr<Resource> (*)(storage::Snapshot&, std::string_view name);

// What the table hands calls to.
struct Backend {
  Runtime* runtime;
  storage::WriteQueue* write_queue;
  storage::ReaderPool* reader_pool;
  storage::FeedHead* feed_head;
  IdMaker* ids;
  // How far each feed that this service follows was applied; the incarnation is empty until it is known.
  std::vector<storage::FeedHead*> followed = {};
};

// One RPC. Made by ServiceMethods.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  std::string path;        // `/package.Service/Method`
  std::string permission;  // empty: every call is refused
  size_t request_bytes_max = 0;
  std::shared_ptr<const RequestRules> rules;
  std::shared_ptr<const DecidedByRule> decided_by;

  // Exactly one of these is set; none: UNIMPLEMENTED.
  std::function<absl::StatusOr<MessagePointer>(storage::Transaction&, const Call&, const google::protobuf::Message&)>
      write;
  std::function<absl::StatusOr<MessagePointer>(storage::Snapshot&, const Call&, const google::protobuf::Message&)> read;
  std::function<void(std::shared_ptr<ServerStreamCall>, MessagePointer)> stream;
  std::function<void(std::shared_ptr<ServerUnaryCall>, MessagePointer)> async;
};

// Complete before the first call; after that, thread-safe.
class MethodTable {
 public:
  MethodTable(Backend backend, Authorizer& authorizer)
      : backend_(backend), authorizer_(authorizer), denied_(*backend.runtime, *backend.write_queue) {}
  // Fails the reads that wait for a cursor with UNAVAILABLE. Nobody may wake them any more: the feed's head has
  // stopped.
  ~MethodTable();

  // For a transport. The call is finished sooner or later, whatever is wrong with it.
  void Start(std::shared_ptr<ServerUnaryCall> call);
  void Start(std::shared_ptr<ServerStreamCall> call);

  // Writes down what is counted of denied calls: before the write queue stops.
  void StoreDenied() { denied_.Store(); }

  // By path.
  const std::map<std::string, Method, std::less<>>& methods() const { return methods_; }
  const Backend& backend() const { return backend_; }

  // How a repeated request's answer is read.
  template <typename Resource>
  void AddResource(ResourceReader<Resource> reader) {
    resources_[Resource::descriptor()] = [reader](storage::Snapshot& snapshot, const Call& call,
                                                  std::string_view name) { return Box(reader(snapshot, call, name)); };
  }
  template <typename Resource>
  void AddResource(PublicResourceReader<Resource> reader) {
    resources_[Resource::descriptor()] = [reader](storage::Snapshot& snapshot, const Call&, std::string_view name) {
      return Box(reader(snapshot, name));
    };
  }

  template <typename Response>
  static absl::StatusOr<MessagePointer> Box(absl::StatusOr<Response> response) {
    if (!response.ok()) return std::move(response).status();
    return std::make_unique<Response>(*std::move(response));
  }

 private:
  friend class ServiceMethods;
  friend class UnaryWrite;
  friend class UnaryRead;

  // What is known of a call that passed every check.
  struct Admitted {
    const Method* method = nullptr;
    Principal principal;
    MessagePointer request;
  };
  absl::StatusOr<Admitted> Admit(const ServerCall& call, bool streaming);
  absl::Status CheckRights(const ServerCall& call, const Method& method, Principal& principal);
  void StartWrite(std::shared_ptr<ServerUnaryCall> call, Admitted admitted);
  void StartRead(std::shared_ptr<ServerUnaryCall> call, Admitted admitted);
  // The followed feed that the cursor is of.
  absl::StatusOr<storage::FeedHead*> FindFollowed(const storage::Cursor& cursor, std::string_view text) const;
  void WaitThenRead(ServerUnaryCall& call, storage::FeedHead& feed, const storage::Cursor& cursor,
                    std::unique_ptr<storage::Read> read);
  // Null where somebody else has taken it.
  std::unique_ptr<storage::Read> TakeWaitingRead(int64_t number);

  // The names of the resources that an answer consists of, and the answer again from these names.
  std::vector<std::string> ResourceNames(const google::protobuf::Message& response) const;
  absl::StatusOr<MessagePointer> ReadAgain(storage::Snapshot& snapshot, const Call& call,
                                           const google::protobuf::Descriptor* response,
                                           const std::vector<std::string>& names) const;
  // The repeated field that holds a batch's resources; null: the answer is the resource.
  const google::protobuf::FieldDescriptor* BatchField(const google::protobuf::Descriptor* response) const;

  const Backend backend_;
  Authorizer& authorizer_;
  DeniedCalls denied_;
  std::mutex mutex_;
  int64_t next_waiting_read_ = 1;
  std::map<int64_t, std::unique_ptr<storage::Read>> waiting_reads_;  // for a cursor
  std::map<std::string, Method, std::less<>> methods_;
  std::map<const google::protobuf::Descriptor*,
           std::function<absl::StatusOr<MessagePointer>(storage::Snapshot&, const Call&, std::string_view)>>
      resources_;
};

// The methods of one proto service. What is not added answers UNIMPLEMENTED. Mistakes in a registration end the program
// at its start: a method that the proto does not have, other message types, a read that is not marked NO_SIDE_EFFECTS.
class ServiceMethods {
 public:
  ServiceMethods(MethodTable& table, std::string_view service);

  template <typename Request, typename Response>
  ServiceMethods& Add(std::string_view name, WriteHandler<Request, Response> handler) {
    return AddWrite<Request, Response>(name, handler);
  }

  template <typename Request, typename Response>
  ServiceMethods& Add(std::string_view name, ReadHandler<Request, Response> handler) {
    return AddRead<Request, Response>(name, handler);
  }

  // A write that needs more than its transaction.
  template <typename Request, typename Response>
  ServiceMethods& AddWrite(
      std::string_view name,
      std::function<absl::StatusOr<Response>(storage::Transaction&, const Call&, const Request&)> handler) {
    Method& method = Find(name, Request::descriptor(), Response::descriptor(), /*reads=*/false);
    method.write = [handler = std::move(handler)](storage::Transaction& transaction, const Call& call,
                                                  const google::protobuf::Message& request) {
      return MethodTable::Box(handler(transaction, call, static_cast<const Request&>(request)));
    };
    return *this;
  }

  // A read that needs more than its snapshot.
  template <typename Request, typename Response>
  ServiceMethods& AddRead(
      std::string_view name,
      std::function<absl::StatusOr<Response>(storage::Snapshot&, const Call&, const Request&)> handler) {
    Method& method = Find(name, Request::descriptor(), Response::descriptor(), /*reads=*/true);
    method.read = [handler = std::move(handler)](storage::Snapshot& snapshot, const Call& call,
                                                 const google::protobuf::Message& request) {
      return MethodTable::Box(handler(snapshot, call, static_cast<const Request&>(request)));
    };
    return *this;
  }

  // For what is no function of one snapshot; whoever takes the call finishes it. On a transport's thread: must not
  // block.
  template <typename Request, typename Response>
  ServiceMethods& AddAsync(std::string_view name,
                           std::function<void(std::shared_ptr<ServerUnaryCall>, const Request&)> start) {
    Method& method = Find(name, Request::descriptor(), Response::descriptor(), /*reads=*/true);
    method.async = [start = std::move(start)](std::shared_ptr<ServerUnaryCall> call, MessagePointer request) {
      start(std::move(call), static_cast<const Request&>(*request));
    };
    return *this;
  }

  // A stream of messages to the client; whoever takes the call finishes it.
  template <typename Request>
  ServiceMethods& AddStream(std::string_view name,
                            std::function<void(std::shared_ptr<ServerStreamCall>, const Request&)> start) {
    Method& method = Find(name, Request::descriptor(), nullptr, /*reads=*/true);
    method.stream = [start = std::move(start)](std::shared_ptr<ServerStreamCall> call, MessagePointer request) {
      start(std::move(call), static_cast<const Request&>(*request));
    };
    return *this;
  }

 private:
  Method& Find(std::string_view name, const google::protobuf::Descriptor* request,
               const google::protobuf::Descriptor* response, bool reads);

  MethodTable& table_;
  const google::protobuf::ServiceDescriptor* const service_;
};

}  // namespace dangol::rpc
