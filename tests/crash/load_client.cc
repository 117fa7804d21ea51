#include "tests/crash/load_client.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::testing {
namespace {

using namespace dangol::tickets;  // NOLINT: v1

constexpr absl::Duration kCallTimeout = absl::Seconds(10);
constexpr absl::Duration kRetryDelay = absl::Milliseconds(30);
constexpr size_t kTicketsKept = 2000;

bool IsPassing(absl::StatusCode code) {
  return code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kDeadlineExceeded ||
         code == absl::StatusCode::kResourceExhausted || code == absl::StatusCode::kCancelled;
}

template <typename Request>
void Fill(LoadRequest& made, Request request) {
  request.set_request_id(made.request_id);
  made.request = request.SerializeAsString();
}

// A long one now and then, so that transactions differ in their pages.
std::string Body(uint64_t random) { return std::string(random % 16 == 0 ? 8000 : 100 + random % 700, 'b'); }

}  // namespace

std::vector<std::string> NamesInAnswer(const std::string& method, const std::string& answer) {
  if (method.ends_with("/CreateMessage")) {
    v1::Message message;
    return message.ParseFromString(answer) ? std::vector{message.name()} : std::vector<std::string>{};
  }
  if (!method.ends_with("/BatchCreateTickets")) {
    v1::Ticket ticket;
    return ticket.ParseFromString(answer) ? std::vector{ticket.name()} : std::vector<std::string>{};
  }
  v1::BatchCreateTicketsResponse response;
  std::vector<std::string> names;
  response.ParseFromString(answer);
  for (const v1::Ticket& ticket : response.tickets()) names.push_back(ticket.name());
  return names;
}

std::vector<LedgerLine> ReadLedger(const std::string& path) {
  std::vector<LedgerLine> lines;
  std::ifstream file(path);
  for (std::string text; std::getline(file, text);) {
    const std::vector<std::string> parts = absl::StrSplit(text, ' ');
    if (parts.size() == 3) lines.push_back({parts[0], absl::StrSplit(parts[1], ','), absl::StrSplit(parts[2], ',')});
  }
  return lines;
}

LoadClient::LoadClient(std::vector<std::unique_ptr<rpc::Channel>> channels, LoadClientOptions options)
    : channels_(std::move(channels)),
      options_(std::move(options)),
      random_(options_.seed),
      ledger_file_(options_.ledger_path),
      slots_(static_cast<size_t>(options_.calls_in_flight)) {
  thread_ = std::thread([this] { Run(); });
}

LoadClient::LoadClient(std::unique_ptr<rpc::Channel> channel, LoadClientOptions options)
    : LoadClient(
          [&] {
            std::vector<std::unique_ptr<rpc::Channel>> channels;
            channels.push_back(std::move(channel));
            return channels;
          }(),
          std::move(options)) {}

LoadClient::~LoadClient() { Finish(absl::ZeroDuration()); }

void LoadClient::BeginNothingNew() {
  std::lock_guard lock(mutex_);
  finishing_ = true;
}

bool LoadClient::Finish(absl::Duration time) {
  std::unique_lock lock(mutex_);
  finishing_ = true;
  changed_.notify_all();
  const bool all = changed_.wait_for(lock, absl::ToChronoMilliseconds(time), [this] { return finished_; });
  giving_up_ = true;
  changed_.notify_all();
  lock.unlock();
  if (thread_.joinable()) thread_.join();
  return all;
}

void LoadClient::Run() {
  for (size_t slot = 0; slot < slots_.size(); ++slot) Begin(slot);
  while (busy_ > 0) {
    Take(WaitForArrivals());
    SendDue();
  }
  std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

std::deque<LoadClient::Arrival> LoadClient::WaitForArrivals() {
  std::unique_lock lock(mutex_);
  const absl::Duration pause = retries_.empty() ? kCallTimeout : retries_.begin()->first - absl::Now();
  changed_.wait_for(lock, absl::ToChronoMicroseconds(std::max(pause, absl::ZeroDuration())),
                    [this] { return !arrived_.empty() || (giving_up_ && !retries_.empty()); });
  return std::exchange(arrived_, {});
}

void LoadClient::Take(const std::deque<Arrival>& arrivals) {
  std::vector<size_t> acknowledged;
  for (const Arrival& arrival : arrivals) {
    LoadRequest& request = slots_[arrival.slot];
    if (arrival.reply.status.ok()) {
      request.names = NamesInAnswer(request.method, arrival.reply.message);
      acknowledged.push_back(arrival.slot);
    } else {
      RetryLater(arrival.slot, arrival.reply.status);
    }
  }
  if (!acknowledged.empty()) Acknowledge(acknowledged);
}

void LoadClient::RetryLater(size_t slot, const absl::Status& status) {
  ++attempts_failed_;
  ++failures_[fmt::format("{} {}", status.ToString(absl::StatusToStringMode::kWithNoExtraData), ErrorReason(status))];
  if (!IsPassing(status.code())) {
    violations_.push_back(fmt::format("{} was answered: {}", slots_[slot].method, status.ToString()));
    --busy_;
    return Begin(slot);
  }
  const absl::Duration delay = std::max(kRetryDelay, std::min(RetryDelay(status), absl::Seconds(1)));
  retries_.emplace(absl::Now() + delay * (0.5 + static_cast<double>(Random(100)) / 100), slot);
}

// One sync for all that have arrived together. Only then do they count.
void LoadClient::Acknowledge(const std::vector<size_t>& slots) {
  std::string lines;
  for (size_t slot : slots) {
    const LoadRequest& request = slots_[slot];
    lines += fmt::format("{} {} {}\n", request.request_id, absl::StrJoin(request.names, ","),
                         absl::StrJoin(request.markers, ","));
  }
  ledger_file_.Append(lines);
  NotePause();
  for (size_t slot : slots) {
    ++acknowledged_;
    LoadRequest request = std::move(slots_[slot]);
    if (request.method.ends_with("CreateTicket") || request.method.ends_with("CreateTickets")) {
      received_.insert(received_.end(), request.names.begin(), request.names.end());
      tickets_.insert(tickets_.end(), request.names.begin(), request.names.end());
    } else if (request.method.ends_with("AcknowledgeTicket")) {
      heard_.push_back(request.ticket);
    }
    if (tickets_.size() > kTicketsKept) tickets_.erase(tickets_.begin(), tickets_.begin() + kTicketsKept / 2);
    Keep(std::move(request));
    --busy_;
    Begin(slot);
  }
}

bool LoadClient::WaitForMore(int64_t more, absl::Duration time) const {
  const int64_t enough = acknowledged_ + more;
  const absl::Time end = absl::Now() + time;
  while (acknowledged_ < enough && absl::Now() < end) absl::SleepFor(absl::Milliseconds(1));
  return acknowledged_ >= enough;
}

void LoadClient::NotePause() {
  const absl::Time now = absl::Now();
  std::lock_guard lock(mutex_);
  longest_pause_ = std::max(longest_pause_, now - last_acknowledgement_);
  last_acknowledgement_ = now;
}

absl::Duration LoadClient::TakeLongestPause() {
  std::lock_guard lock(mutex_);
  return std::exchange(longest_pause_, absl::ZeroDuration());
}

// Algorithm R (Vitter, "Random sampling with a reservoir", 1985).
void LoadClient::Keep(LoadRequest request) {
  if (sample_.size() < options_.sample_size) return sample_.push_back(std::move(request));
  const uint64_t place = Random(static_cast<uint64_t>(acknowledged_));
  if (place < sample_.size()) sample_[place] = std::move(request);
}

void LoadClient::SendDue() {
  const absl::Time now = absl::Now();
  std::unique_lock lock(mutex_);
  if (giving_up_) {
    busy_ -= retries_.size();
    retries_.clear();
  }
  lock.unlock();
  while (!retries_.empty() && retries_.begin()->first <= now) {
    const size_t slot = retries_.begin()->second;
    retries_.erase(retries_.begin());
    Send(slot);
  }
}

void LoadClient::Begin(size_t slot) {
  {
    std::lock_guard lock(mutex_);
    if (finishing_) return;
  }
  ++busy_;
  slots_[slot] = Choose();
  Send(slot);
}

void LoadClient::Send(size_t slot) {
  rpc::Channel& channel = *channels_[channels_.size() == 1 ? 0 : Random(channels_.size())];
  channel.Unary(slots_[slot].method, slots_[slot].request, {{}, absl::Now() + kCallTimeout},
                [this, slot](rpc::Reply reply) {
                  std::lock_guard lock(mutex_);
                  arrived_.push_back({slot, std::move(reply)});
                  changed_.notify_all();
                });
}

std::string LoadClient::Marker() { return fmt::format("marker-{}-{}.", options_.seed, ++markers_); }

LoadRequest LoadClient::Made(const char* method, std::vector<std::string> markers) {
  LoadRequest made;
  made.method = fmt::format("/dangol.tickets.v1.TicketService/{}", method);
  made.request_id = TimeOrderedUuid(RealRuntime());
  made.markers = std::move(markers);
  return made;
}

LoadRequest LoadClient::Choose() {
  const auto take = [this](std::vector<std::string>& from) {
    std::swap(from[Random(from.size())], from.back());
    std::string ticket = std::move(from.back());
    from.pop_back();
    return ticket;
  };
  const uint64_t choice = Random(100);
  if (choice < 12) return NewTickets();
  if (choice < 27 && !received_.empty()) return Acknowledgement(take(received_));
  if (choice < 35 && !received_.empty()) return Decline(take(received_));
  if (choice < 43 && !heard_.empty()) return Decline(take(heard_));
  if (choice < 65 && !tickets_.empty()) return NewMessage();
  return NewTicket();
}

LoadRequest LoadClient::NewTicket() {
  LoadRequest made = Made("CreateTicket", {Marker()});
  v1::CreateTicketRequest request;
  request.mutable_ticket()->set_subject(made.markers[0]);
  request.mutable_ticket()->set_body(Body(random_()));
  Fill(made, request);
  return made;
}

LoadRequest LoadClient::NewTickets() {
  LoadRequest made = Made("BatchCreateTickets", {});
  v1::BatchCreateTicketsRequest request;
  for (uint64_t i = 0, size = 2 + Random(4); i < size; ++i) {
    made.markers.push_back(Marker());
    v1::Ticket& ticket = *request.add_requests()->mutable_ticket();
    ticket.set_subject(made.markers.back());
    ticket.set_body(Body(random_()));
  }
  Fill(made, request);
  return made;
}

LoadRequest LoadClient::NewMessage() {
  LoadRequest made = Made("CreateMessage", {Marker()});
  v1::CreateMessageRequest request;
  request.set_parent(tickets_[Random(tickets_.size())]);
  request.mutable_message()->set_kind(static_cast<v1::Message::Kind>(1 + Random(3)));
  request.mutable_message()->set_body(made.markers[0]);
  Fill(made, request);
  return made;
}

LoadRequest LoadClient::Acknowledgement(std::string ticket) {
  LoadRequest made = Made("AcknowledgeTicket", {Marker()});
  v1::AcknowledgeTicketRequest request;
  request.set_name(ticket);
  request.set_heard_summary(made.markers[0]);
  Fill(made, request);
  made.ticket = std::move(ticket);
  return made;
}

LoadRequest LoadClient::Decline(std::string ticket) {
  LoadRequest made = Made("DeclineTicket", {Marker(), Marker()});
  v1::DeclineTicketRequest request;
  request.set_name(ticket);
  request.set_reason(v1::Decision::UNSUSTAINABLE);
  request.set_revisit_condition(made.markers[0]);
  request.set_reply(made.markers[1]);
  request.set_decided_by("members/lead");
  Fill(made, request);
  made.ticket = std::move(ticket);
  return made;
}

}  // namespace dangol::testing
