#include "common/rpc/method_table.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/proto_bytes.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/rpc/audit_entry.h"
#include "common/rpc/call_log.h"
#include "common/rpc/limits.h"
#include "common/rpc/stream_guard.h"
#include "common/rpc/wire_check.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

[[noreturn]] void WrongRegistration(const std::string& what) {
  Log()->critical("wrong registration: {}", what);
  std::abort();
}

std::string GetText(const Message& message, const FieldDescriptor* field) {
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

// W3C Trace Context, version 00: `00-<32 hex>-<16 hex>-<2 hex>`. Anything else is as good as none: it goes into the
// feed.
std::string Traceparent(const Metadata& metadata) {
  const std::string_view value = FindMetadata(metadata, kTraceparentKey);
  constexpr std::string_view kForm = "00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
  const bool well_formed = std::ranges::equal(value, kForm, [](char c, char form) {
    return form == 'h' ? (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') : c == form;
  });
  return well_formed ? std::string(value) : "";
}

absl::Status Unimplemented(std::string_view path) {
  return Error(absl::StatusCode::kUnimplemented, "UNIMPLEMENTED",
               fmt::format("{} is not there in this version.", path));
}

absl::Status ClosedMethod(std::string_view path) {
  return Error(
      absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED",
      fmt::format("{} states no permission and is closed to everybody. Report it: its API is incomplete.", path));
}

absl::Status Draining() {
  return WithRetry(
      Error(absl::StatusCode::kUnavailable, "DRAINING", "The service is stopping. Try again at another, or later."),
      absl::Seconds(1));
}

}  // namespace

// A call that writes, on its way through the WriteQueue.
class UnaryWrite : public storage::Write {
 public:
  UnaryWrite(MethodTable& table, std::shared_ptr<ServerUnaryCall> call, MethodTable::Admitted admitted)
      : table_(table),
        call_(std::move(call)),
        admitted_(std::move(admitted)),
        entry_(AuditEntryOf(*admitted_.method->descriptor, admitted_.principal, *admitted_.request,
                            Traceparent(call_->metadata))) {
    deadline = call_->deadline;
    bytes = static_cast<int64_t>(call_->request.size());
    rows = 1;
    const Descriptor* type = admitted_.request->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      if (type->field(i)->is_repeated()) {
        rows += admitted_.request->GetReflection()->FieldSize(*admitted_.request, type->field(i));
      }
    }
    brought_ = BroughtEntry(*admitted_.request);
    // What brings an entry changes nothing else, and is stored all the same.
    if (!brought_) request_hash = Sha256(SerializeDeterministically(*admitted_.request));
    const std::string request_id = GetText(*admitted_.request, type->FindFieldByName("request_id"));
    if (!request_id.empty()) key = {request_id, admitted_.principal.name, admitted_.method->descriptor->full_name()};
  }

  bool Abandoned() const override { return call_->cancelled(); }

  absl::Status Apply(storage::Transaction& transaction) override {
    const Call call = Made();
    ASSIGN_OR_RETURN(const MessagePointer response, admitted_.method->write(transaction, call, *admitted_.request));
    Take(*response);
    *entry_.mutable_time() = ToProtoTime(call.now());
    if (brought_) *brought_->mutable_time() = ToProtoTime(TimeOfBrought(*brought_, call.now()));
    return absl::OkStatus();
  }

  absl::Status Replay(storage::Transaction& transaction, const std::vector<std::string>& resources) override {
    ASSIGN_OR_RETURN(const MessagePointer response,
                     table_.ReadAgain(transaction, Made(), admitted_.method->descriptor->output_type(), resources));
    Take(*response);
    return absl::OkStatus();
  }

  std::vector<std::string> Resources() const override { return resources_; }

  // Apply may have run before, and the answer may be another one now.
  std::vector<storage::AuditRecord> Audit(const std::string& keyed_hash) override {
    if (brought_) return {ToRecord(*brought_)};
    api::v1::AuditEntry entry = entry_;
    AddAnswered(resources_, entry);
    entry.set_request_hash(keyed_hash);
    return {ToRecord(entry)};
  }

  void Done(const absl::Status& status, const storage::Position& position) override {
    table_.denied_.Count(entry_.principal(), entry_.method(), status, Traceparent(call_->metadata));
    Reply reply{status, "", {}};
    if (status.ok()) {
      reply.message = std::move(response_);
      reply.trailing.emplace_back(kCursorKey,
                                  storage::FormatCursor({table_.backend_.feed_head->incarnation(), position}));
    }
    call_->Finish(std::move(reply));
  }

 private:
  Call Made() const {
    return {table_.backend_.runtime->Now(), admitted_.principal, *table_.backend_.ids, Traceparent(call_->metadata)};
  }

  // Here and not in Done: memory goes back on the thread that took it, which is what allocators are fast at.
  void Take(const Message& response) {
    response_ = SerializeDeterministically(response);
    resources_ = table_.ResourceNames(response);
  }

  MethodTable& table_;
  const std::shared_ptr<ServerUnaryCall> call_;
  const MethodTable::Admitted admitted_;
  api::v1::AuditEntry entry_;                   // as far as it is known before the call runs, and its time
  std::optional<api::v1::AuditEntry> brought_;  // instead of it
  std::string response_;                        // serialised
  std::vector<std::string> resources_;
};

// A call that reads, on its way through the ReaderPool.
class UnaryRead : public storage::Read {
 public:
  UnaryRead(MethodTable& table, std::shared_ptr<ServerUnaryCall> call, MethodTable::Admitted admitted)
      : table_(table), call_(std::move(call)), admitted_(std::move(admitted)) {
    deadline = call_->deadline;
  }

  bool Abandoned() const override { return call_->cancelled(); }

  // Of this service's own feed; has to be in the snapshot.
  void set_min_position(const storage::Position& position) { min_position_ = position; }

  void Run(storage::Snapshot& snapshot) override {
    if (absl::Status status = storage::CheckPosition(snapshot, min_position_, kMinCursorKey); !status.ok())
      return Fail(status);
    const Call call(table_.backend_.runtime->Now(), admitted_.principal, *table_.backend_.ids,
                    Traceparent(call_->metadata));
    absl::StatusOr<MessagePointer> response = admitted_.method->read(snapshot, call, *admitted_.request);
    if (!response.ok()) {
      table_.denied_.Count(admitted_.principal.name, AuditedName(*admitted_.method->descriptor), response.status(),
                           call.traceparent());
    }
    Reply reply{response.status(), "", {}};
    if (response.ok()) reply.message = (*response)->SerializeAsString();
    if (response.ok() && !FindMetadata(call_->metadata, kMinCursorKey).empty()) AddCursor(snapshot, reply);
    call_->Finish(std::move(reply));
  }

  void Fail(const absl::Status& status) override { call_->Finish({status, "", {}}); }

 private:
  // So that a chain of services can be asked, each for what the one before it has seen.
  void AddCursor(storage::Snapshot& snapshot, Reply& reply) {
    const absl::StatusOr<storage::Position> seen = storage::ReadFeedHead(snapshot);
    if (!seen.ok()) {
      reply = {seen.status(), "", {}};
    } else {
      reply.trailing.emplace_back(kCursorKey, storage::FormatCursor({table_.backend_.feed_head->incarnation(), *seen}));
    }
  }

  MethodTable& table_;
  const std::shared_ptr<ServerUnaryCall> call_;
  const MethodTable::Admitted admitted_;
  storage::Position min_position_;
};

void MethodTable::Start(std::shared_ptr<ServerUnaryCall> call) {
  call = Logged(std::move(call), *backend_.runtime, authorizer_);
  absl::StatusOr<Admitted> admitted = Admit(*call, /*streaming=*/false);
  if (!admitted.ok()) return call->Finish({admitted.status(), "", {}});
  const Method& method = *admitted->method;
  if (method.async) return method.async(std::move(call), std::move(admitted->request));
  if (method.write) return StartWrite(std::move(call), *std::move(admitted));
  StartRead(std::move(call), *std::move(admitted));
}

void MethodTable::Start(std::shared_ptr<ServerStreamCall> call) {
  call = Logged(std::move(call), *backend_.runtime, authorizer_);
  absl::StatusOr<Admitted> admitted = Admit(*call, /*streaming=*/true);
  if (!admitted.ok()) return call->Finish(admitted.status(), {});
  const Method& method = *admitted->method;
  call = Guarded(std::move(call), *backend_.runtime, authorizer_);
  method.stream(std::move(call), std::move(admitted->request));
}

absl::Status MethodTable::CheckRights(const ServerCall& call, const Method& method, Principal& principal) {
  ASSIGN_OR_RETURN(principal, authorizer_.Authenticate(call.metadata));
  if (method.permission.empty()) return ClosedMethod(method.path);
  return authorizer_.Authorize(principal, method.permission);
}

absl::StatusOr<MethodTable::Admitted> MethodTable::Admit(const ServerCall& call, bool streaming) {
  const auto found = methods_.find(call.method);
  if (found == methods_.end()) return Unimplemented(call.method);
  const Method& method = found->second;
  if (streaming ? !method.stream : !method.write && !method.read && !method.async) return Unimplemented(call.method);
  if (call.request.size() > method.request_bytes_max) {
    return InvalidField("(request)",
                        fmt::format("{} bytes are more than the {} that {} takes. Send less at a time.",
                                    call.request.size(), method.request_bytes_max, method.descriptor->name()),
                        "REQUEST_TOO_LARGE");
  }
  Admitted admitted;
  admitted.method = &method;
  if (absl::Status status = CheckRights(call, method, admitted.principal); !status.ok()) {
    denied_.Count(admitted.principal.name, AuditedName(*method.descriptor), status, Traceparent(call.metadata));
    return status;
  }
  const Descriptor* type = method.descriptor->input_type();
  admitted.request.reset(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!admitted.request->ParseFromString(call.request)) return ExplainParseFailure(type, call.request);
  RETURN_IF_ERROR(method.rules->Enforce(*admitted.request, backend_.runtime->Now()));
  if (absl::Status status = method.decided_by->Check(admitted.principal, *admitted.request); !status.ok()) {
    denied_.Count(admitted.principal.name, AuditedName(*method.descriptor), status, Traceparent(call.metadata));
    return status;
  }
  return admitted;
}

void MethodTable::StartWrite(std::shared_ptr<ServerUnaryCall> call, Admitted admitted) {
  backend_.write_queue->Submit(storage::Lane::kCall,
                               std::make_unique<UnaryWrite>(*this, std::move(call), std::move(admitted)));
}

void MethodTable::StartRead(std::shared_ptr<ServerUnaryCall> call, Admitted admitted) {
  const std::string_view text = FindMetadata(call->metadata, kMinCursorKey);
  auto read = std::make_unique<UnaryRead>(*this, call, std::move(admitted));
  if (text.empty()) return backend_.reader_pool->Submit(std::move(read));

  absl::StatusOr<storage::Cursor> cursor = storage::ParseCursor(text, kMinCursorKey);
  if (!cursor.ok()) return read->Fail(cursor.status());
  if (cursor->incarnation == backend_.feed_head->incarnation()) {
    // Nobody was given a position that is not committed: a snapshot of now has it, whoever wrote it, or it is lost.
    read->set_min_position(*cursor);
    return backend_.reader_pool->Submit(std::move(read));
  }
  const absl::StatusOr<storage::FeedHead*> feed = FindFollowed(*cursor, text);
  if (!feed.ok()) return read->Fail(feed.status());
  if (cursor->sequence <= (*feed)->sequence()) return backend_.reader_pool->Submit(std::move(read));
  WaitThenRead(*call, **feed, *cursor, std::move(read));
}

absl::StatusOr<storage::FeedHead*> MethodTable::FindFollowed(const storage::Cursor& cursor,
                                                             std::string_view text) const {
  bool all_known = true;
  for (storage::FeedHead* feed : backend_.followed) {
    const std::string incarnation = feed->followed_incarnation();
    if (cursor.incarnation == incarnation) return feed;
    all_known = all_known && !incarnation.empty();
  }
  if (!all_known) {
    return WithRetry(
        Error(
            absl::StatusCode::kUnavailable, "PEER_UNKNOWN",
            fmt::format(
                "{}: {} may be of a service that this one follows and has not reached yet, or cannot follow now. Try again.",
                kMinCursorKey, ShownValue(text))),
        absl::Milliseconds(500));
  }
  return InvalidField(
      kMinCursorKey,
      fmt::format("{} is a cursor of another database. Send one of this service, or of one that it follows.",
                  ShownValue(text)),
      "CURSOR_UNKNOWN");
}

// Holds no thread while it waits. Whoever comes first, the commit, the end of the call or the end of the service, takes
// the read.
void MethodTable::WaitThenRead(ServerUnaryCall& call, storage::FeedHead& feed, const storage::Cursor& cursor,
                               std::unique_ptr<storage::Read> read) {
  int64_t number = 0;
  {
    std::lock_guard lock(mutex_);
    if (waiting_reads_.size() < kWaitingReadsMax) {
      number = next_waiting_read_++;
      waiting_reads_.emplace(number, std::move(read));
    }
  }
  if (number == 0) {
    return read->Fail(
        WithRetry(Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_WAIT",
                        fmt::format("{} reads wait for a cursor already. Try again later.", kWaitingReadsMax)),
                  absl::Milliseconds(200)));
  }
  const int64_t waiter = feed.WaitFor(cursor, [this, number, &feed, cursor] {
    auto taken = TakeWaitingRead(number);
    if (taken == nullptr) return;
    if (feed.followed_incarnation() == cursor.incarnation) return backend_.reader_pool->Submit(std::move(taken));
    // The feed began again meanwhile.
    const absl::Status gone = FindFollowed(cursor, storage::FormatCursor(cursor)).status();
    taken->Fail(gone.ok() ? Draining() : gone);
  });
  call.OnCancel([this, number, waiter, &feed] {
    auto taken = TakeWaitingRead(number);
    if (taken == nullptr) return;
    feed.Cancel(waiter);
    taken->Fail(Error(
        absl::StatusCode::kDeadlineExceeded, "CURSOR_NOT_REACHED",
        "The feed that the cursor is of was not followed so far in time. Wait longer, or see how far it is followed "
        "(dangol status)."));
  });
}

std::unique_ptr<storage::Read> MethodTable::TakeWaitingRead(int64_t number) {
  std::lock_guard lock(mutex_);
  auto found = waiting_reads_.extract(number);
  return found.empty() ? nullptr : std::move(found.mapped());
}

MethodTable::~MethodTable() {
  for (auto& [number, read] : std::exchange(waiting_reads_, {})) read->Fail(Draining());
}

const FieldDescriptor* MethodTable::BatchField(const Descriptor* response) const {
  for (int i = 0; i < response->field_count(); ++i) {
    const FieldDescriptor* field = response->field(i);
    if (field->is_repeated() && field->message_type() != nullptr && resources_.contains(field->message_type()))
      return field;
  }
  return nullptr;
}

std::vector<std::string> MethodTable::ResourceNames(const Message& response) const {
  const Descriptor* type = response.GetDescriptor();
  if (resources_.contains(type)) return {GetText(response, type->FindFieldByName("name"))};
  const FieldDescriptor* field = BatchField(type);
  std::vector<std::string> names;
  for (int i = 0; i < response.GetReflection()->FieldSize(response, field); ++i) {
    const Message& resource = response.GetReflection()->GetRepeatedMessage(response, field, i);
    names.push_back(GetText(resource, resource.GetDescriptor()->FindFieldByName("name")));
  }
  return names;
}

absl::StatusOr<MessagePointer> MethodTable::ReadAgain(storage::Snapshot& snapshot, const Call& call,
                                                      const Descriptor* response,
                                                      const std::vector<std::string>& names) const {
  if (auto found = resources_.find(response); found != resources_.end())
    return found->second(snapshot, call, names.at(0));
  const FieldDescriptor* field = BatchField(response);
  MessagePointer batch(google::protobuf::MessageFactory::generated_factory()->GetPrototype(response)->New());
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(MessagePointer resource, resources_.at(field->message_type())(snapshot, call, name));
    batch->GetReflection()->AddAllocatedMessage(batch.get(), field, resource.release());
  }
  return batch;
}

ServiceMethods::ServiceMethods(MethodTable& table, std::string_view service)
    : table_(table),
      service_(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(std::string(service))) {
  if (service_ == nullptr) WrongRegistration(fmt::format("no proto has the service {}", service));
  for (int i = 0; i < service_->method_count(); ++i) {
    const google::protobuf::MethodDescriptor* descriptor = service_->method(i);
    Method method;
    method.descriptor = descriptor;
    method.path = fmt::format("/{}/{}", service_->full_name(), descriptor->name());
    const auto& rules = descriptor->options().GetExtension(dangol::api::v1::method);
    method.permission = rules.permission();
    method.request_bytes_max = rules.max_request_bytes() == 0 ? kDefaultRequestBytesMax : rules.max_request_bytes();
    method.rules = std::make_shared<RequestRules>(descriptor->input_type());
    method.decided_by = std::make_shared<DecidedByRule>(descriptor->input_type());
    table_.methods_.emplace(method.path, std::move(method));
  }
}

Method& ServiceMethods::Find(std::string_view name, const Descriptor* request, const Descriptor* response, bool reads) {
  const std::string path = fmt::format("/{}/{}", service_->full_name(), name);
  const auto found = table_.methods_.find(path);
  if (found == table_.methods_.end()) WrongRegistration(fmt::format("no proto has the method {}", path));
  Method& method = found->second;
  const google::protobuf::MethodDescriptor* descriptor = method.descriptor;
  if (descriptor->input_type() != request || (response != nullptr && descriptor->output_type() != response) ||
      descriptor->server_streaming() != (response == nullptr)) {
    WrongRegistration(fmt::format("{} has other types in the proto", path));
  }
  if (reads != (descriptor->options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS)) {
    WrongRegistration(fmt::format("{}: reads, and only reads, are marked NO_SIDE_EFFECTS", path));
  }
  if (!reads && (request->FindFieldByName("request_id") == nullptr ||
                 !(table_.resources_.contains(response) || table_.BatchField(response) != nullptr))) {
    WrongRegistration(
        fmt::format("{}: a write takes a request_id and answers with resources that were added before it", path));
  }
  return method;
}

}  // namespace dangol::rpc
