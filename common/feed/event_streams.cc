#include "common/feed/event_streams.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"

namespace dangol::feed {
namespace {

using dangol::api::v1::EventEnvelope;
using dangol::api::v1::StreamEventsRequest;
using google::protobuf::FieldDescriptor;

constexpr absl::Duration kSweepInterval = absl::Seconds(1);
// Reads of a page, one after another, that a busy machine let come to nothing.
constexpr int kSlowReadsMax = 10;
// What every feed's response and event look like (AddFeed makes sure): messages are put together from stored bytes,
// without knowing the service's event type, because fields of a message can be appended to it in wire format.
constexpr uint32_t kEventsField = 1;
constexpr uint32_t kCursorField = 2;
constexpr uint32_t kHeadSequenceField = 3;
constexpr uint32_t kEnvelopeField = 1;

void AppendVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void AppendLengthDelimited(uint32_t field, std::string_view bytes, std::string& out) {
  AppendVarint(field << 3 | 2, out);
  AppendVarint(bytes.size(), out);
  out += bytes;
}

struct Page {
  std::string events;          // the `events` field, repeated, in wire format
  storage::Position position;  // of the last event; where the reader stands
};

std::string MakeResponse(const Page& page, const storage::FeedHead& head) {
  std::string response = page.events;
  AppendLengthDelimited(kCursorField, storage::FormatCursor({head.incarnation(), page.position}), response);
  AppendVarint(kHeadSequenceField << 3, response);
  AppendVarint(static_cast<uint64_t>(std::max(head.sequence(), page.position.sequence)), response);
  return response;
}

void AppendEvent(const storage::Row& row, const std::string& incarnation, Page& page) {
  EventEnvelope envelope;
  page.position = {row.Integer(0), row.Integer(5)};
  envelope.set_cursor(storage::FormatCursor({incarnation, page.position}));
  envelope.set_sequence(page.position.sequence);
  const int64_t micros = row.Integer(1);
  envelope.mutable_time()->set_seconds(micros / 1'000'000);
  envelope.mutable_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1000));
  envelope.set_traceparent(row.Text(4));
  for (const std::string& touched : std::vector<std::string>(absl::StrSplit(row.Text(2), ' ', absl::SkipEmpty()))) {
    const size_t at = touched.rfind('@');
    auto* resource = envelope.add_resources();
    resource->set_name(touched.substr(0, at));
    resource->set_version(std::strtoll(touched.c_str() + at + 1, nullptr, 10));
  }
  std::string event(row.Bytes(3));
  AppendLengthDelimited(kEnvelopeField, envelope.SerializeAsString(), event);
  AppendLengthDelimited(kEventsField, event, page.events);
}

bool IsTooLong(const absl::Status& status) { return ErrorReason(status) == "READ_TOO_LONG"; }

// What is behind a position, which has to be of this history: the event there is read with those behind it. Fewer
// events than there are where the time of the snapshot ends first.
absl::StatusOr<Page> ReadPage(storage::Snapshot& snapshot, const std::string& incarnation,
                              const storage::Position& after, const StreamLimits& limits) {
  Page page;
  page.position = after;
  bool proven = after.sequence == 0;
  const absl::Status status = snapshot.Query(
      "SELECT seq, time, resources, payload, traceparent, commit_id FROM feed WHERE seq >= $1 ORDER BY seq LIMIT $2",
      {after.sequence, limits.page_events_max + (proven ? 0 : 1)}, [&](const storage::Row& row) {
        if (row.Integer(0) == after.sequence) {
          proven = row.Integer(5) == after.commit_id;
        } else if (proven && static_cast<int64_t>(page.events.size()) < limits.page_bytes_max) {
          AppendEvent(row, incarnation, page);
        }
      });
  if (!status.ok() && !(IsTooLong(status) && !page.events.empty())) return status;
  if (!proven) RETURN_IF_ERROR(storage::CheckPosition(snapshot, after, "after_cursor"));
  return page;
}

}  // namespace

// One stream. Every step runs on the executor of EventStreams, which has one thread, so there is nothing to lock.
class EventStreams::Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(EventStreams& owner, int64_t id, std::shared_ptr<rpc::ServerStreamCall> call, const storage::Position& after)
      : owner_(owner),
        id_(id),
        call_(std::move(call)),
        position_(after),
        written_position_(after),
        last_write_(owner.runtime_.SteadyNow()) {}

  void Begin() {
    call_->OnCancel([weak = weak_from_this(), &owner = owner_] {
      if (auto self = weak.lock()) owner.Post([self] { self->End(absl::CancelledError("the client has gone")); });
    });
    // Where nothing is behind the position, too: whether it is of this history has to be seen.
    Read();
  }

  void End(absl::Status status) {
    if (ended_) return;
    ended_ = true;
    end_status_ = std::move(status);
    owner_.head_.Cancel(waiter_);
    // A message that the client has not taken holds up the end of the stream; so it is cut.
    if (writing_) {
      call_->Abort();
    } else {
      Finish();
    }
  }

  // Once a second.
  void Sweep(absl::Time now) {
    if (ended_) return;
    if (writing_ && now - last_write_ > owner_.limits_.write_time_max) {
      Log()->warn("stream cut: its client has not read for {} s", absl::ToInt64Seconds(now - last_write_));
      End(WithRetry(Error(absl::StatusCode::kResourceExhausted, "READER_TOO_SLOW",
                          "The stream was not read for too long. Read faster, then go on with the last cursor."),
                    absl::Seconds(1)));
    } else if (waiting_ && now - last_write_ >= owner_.limits_.heartbeat) {
      Heartbeat();
    }
  }

  // For the destructor of EventStreams: nothing runs any more.
  void FinishNow(const absl::Status& status) {
    if (!ended_) end_status_ = status;
    Finish();
  }

 private:
  class PageRead : public storage::Read {
   public:
    explicit PageRead(std::shared_ptr<Stream> stream) : stream_(std::move(stream)), after_(stream_->position_) {}
    void Run(storage::Snapshot& snapshot) override {
      EventStreams& owner = stream_->owner_;
      Answer(ReadPage(snapshot, owner.head_.incarnation(), after_, owner.limits_));
    }
    void Fail(const absl::Status& status) override { Answer(status); }

   private:
    void Answer(absl::StatusOr<Page> page) {
      EventStreams& owner = stream_->owner_;
      owner.Post([stream = std::move(stream_), page = std::move(page)]() mutable { stream->OnPage(std::move(page)); });
    }

    std::shared_ptr<Stream> stream_;
    const storage::Position after_;
  };

  void Read() { owner_.reader_pool_.Submit(std::make_unique<PageRead>(shared_from_this()), /*internal=*/true); }

  void Heartbeat() {
    Page heartbeat;
    heartbeat.position = position_;
    Write(heartbeat);
  }

  void Continue() {
    if (ended_) return;
    if (owner_.head_.sequence() > position_.sequence) return Read();
    waiting_ = true;
    waiter_ = owner_.head_.WaitFor(position_.sequence + 1, [weak = weak_from_this(), &owner = owner_] {
      if (auto self = weak.lock()) owner.Post([self] { self->OnNews(); });
    });
  }

  void OnNews() {
    if (!waiting_) return;  // a heartbeat is being written; Continue follows
    waiting_ = false;
    Continue();
  }

  void OnPage(absl::StatusOr<Page> page) {
    if (ended_) return;
    if (IsTooLong(page.status()) && ++slow_reads_ < kSlowReadsMax) return Read();
    if (!page.ok()) return End(page.status());
    slow_reads_ = 0;
    // The first message comes in any case: it tells the reader at once which feed this is, and that it has all of it.
    if (page->events.empty() && begun_) {
      return End(InternalError(
          fmt::format("no event behind {}, and the head is at {}", position_.sequence, owner_.head_.sequence())));
    }
    Write(*page);
  }

  void Write(const Page& page) {
    waiting_ = false;
    owner_.head_.Cancel(waiter_);
    position_ = page.position;
    begun_ = true;
    writing_ = true;
    last_write_ = owner_.runtime_.SteadyNow();
    call_->Write(MakeResponse(page, owner_.head_),
                 [self = shared_from_this()](bool ok) { self->owner_.Post([self, ok] { self->OnWritten(ok); }); });
  }

  void OnWritten(bool ok) {
    writing_ = false;
    last_write_ = owner_.runtime_.SteadyNow();
    if (ok) written_position_ = position_;
    if (ended_) return Finish();
    if (!ok) return End(absl::CancelledError("the client has gone"));
    Continue();
  }

  void Finish() {
    if (finished_) return;
    finished_ = true;
    rpc::Metadata trailing;
    if (begun_)
      trailing.emplace_back(rpc::kCursorKey, storage::FormatCursor({owner_.head_.incarnation(), written_position_}));
    call_->Finish(end_status_, std::move(trailing));
    owner_.Remove(id_);
  }

  EventStreams& owner_;
  const int64_t id_;
  const std::shared_ptr<rpc::ServerStreamCall> call_;
  storage::Position position_;          // of the last event that was given to the transport
  storage::Position written_position_;  // of the last event that the transport has taken
  absl::Time last_write_;
  int64_t waiter_ = 0;
  int slow_reads_ = 0;
  bool begun_ = false;  // a message was given to the transport
  bool waiting_ = false;
  bool writing_ = false;
  bool ended_ = false;
  bool finished_ = false;
  absl::Status end_status_;
};

EventStreams::EventStreams(Runtime& runtime, storage::ReaderPool& reader_pool, storage::FeedHead& head,
                           StreamLimits limits)
    : runtime_(runtime),
      reader_pool_(reader_pool),
      head_(head),
      limits_(limits),
      executor_(runtime.NewExecutor("streams", 1)) {}

EventStreams::~EventStreams() {
  executor_->Stop();
  const auto streams = streams_;  // each removes itself
  for (const auto& [id, stream] : streams) stream->FinishNow(Draining());
}

absl::Status EventStreams::Draining() {
  return WithRetry(Error(absl::StatusCode::kUnavailable, "DRAINING",
                         "The service is stopping. Go on at another, or later, with the last cursor."),
                   absl::Seconds(1));
}

void EventStreams::Post(Task task) { executor_->Post(std::move(task)); }

void EventStreams::AddFeed(rpc::MethodTable& table, std::string_view service) {
  rpc::ServiceMethods(table, service)
      .AddStream<StreamEventsRequest>(
          "StreamEvents", [this](std::shared_ptr<rpc::ServerStreamCall> call, const StreamEventsRequest& request) {
            Start(std::move(call), request);
          });
  const auto& method = table.methods().at(fmt::format("/{}/StreamEvents", service));
  const google::protobuf::Descriptor* response = method.descriptor->output_type();
  const FieldDescriptor* events = response->FindFieldByNumber(kEventsField);
  const FieldDescriptor* cursor = response->FindFieldByNumber(kCursorField);
  const FieldDescriptor* head = response->FindFieldByNumber(kHeadSequenceField);
  const bool known_form =
      events != nullptr && events->is_repeated() && events->message_type() != nullptr &&
      events->message_type()->FindFieldByNumber(kEnvelopeField) != nullptr &&
      events->message_type()->FindFieldByNumber(kEnvelopeField)->message_type() == EventEnvelope::descriptor() &&
      cursor != nullptr && cursor->type() == FieldDescriptor::TYPE_STRING && head != nullptr &&
      head->type() == FieldDescriptor::TYPE_INT64;
  if (!known_form) {
    Log()->critical("{} does not have the form of a feed's response", response->full_name());
    std::abort();
  }
}

void EventStreams::Start(std::shared_ptr<rpc::ServerStreamCall> call, const StreamEventsRequest& request) {
  const absl::StatusOr<storage::Position> after = ParseAfter(request.after_cursor());
  if (!after.ok()) return call->Finish(after.status(), {});
  std::shared_ptr<Stream> stream;
  absl::Status refusal;
  {
    std::lock_guard lock(mutex_);
    if (draining_) {
      refusal = Draining();
    } else if (static_cast<int>(streams_.size()) >= limits_.streams_max) {
      refusal =
          WithRetry(Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                          fmt::format("{} streams are open already. Close some, or try again later.", streams_.size())),
                    absl::Seconds(1));
    } else {
      const int64_t id = next_id_++;
      stream = std::make_shared<Stream>(*this, id, call, *after);
      streams_.emplace(id, stream);
      if (!sweeping_) PostSweepLocked();
    }
  }
  if (!refusal.ok()) return call->Finish(refusal, {});
  Post([stream] { stream->Begin(); });
}

absl::StatusOr<storage::Position> EventStreams::ParseAfter(const std::string& cursor_text) const {
  if (cursor_text.empty()) return storage::Position();
  ASSIGN_OR_RETURN(const storage::Cursor cursor, storage::ParseCursor(cursor_text, "after_cursor"));
  if (cursor.incarnation != head_.incarnation()) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "INCARNATION_CHANGED",
        "after_cursor: the cursor is of another database than the one that is here now. Replay from the beginning: "
        "send no cursor.",
        {{"incarnation", head_.incarnation()}});
  }
  return cursor;
}

void EventStreams::Remove(int64_t id) {
  std::lock_guard lock(mutex_);
  streams_.erase(id);
}

int EventStreams::open() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(streams_.size());
}

void EventStreams::Drain() {
  {
    std::lock_guard lock(mutex_);
    draining_ = true;
  }
  Post([this] {
    for (const std::shared_ptr<Stream>& stream : All()) stream->End(Draining());
  });
}

std::vector<std::shared_ptr<EventStreams::Stream>> EventStreams::All() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Stream>> streams;
  for (const auto& [id, stream] : streams_) streams.push_back(stream);
  return streams;
}

void EventStreams::PostSweepLocked() {
  sweeping_ = true;
  executor_->PostAt(runtime_.Now() + kSweepInterval, [this] {
    for (const std::shared_ptr<Stream>& stream : All()) stream->Sweep(runtime_.SteadyNow());
    std::lock_guard lock(mutex_);
    sweeping_ = false;
    if (!streams_.empty()) PostSweepLocked();
  });
}

}  // namespace dangol::feed
