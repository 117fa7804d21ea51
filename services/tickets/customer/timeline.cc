#include "services/tickets/customer/timeline.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "services/tickets/attachment/attachment_store.h"
#include "services/tickets/customer/customer_rules.h"
#include "services/tickets/customer/customer_store.h"
#include "services/tickets/message/message_store.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using storage::Row;
using v1::TimelineEntry;

// Tickets of one customer that a page looks at: it sorts what happened to all of them.
constexpr int64_t kTicketsMost = 2000;

// Tickets of one customer whose keys an export reads at a time.
constexpr int64_t kTicketsOfRead = 100;

// Where an entry stands: time, what happened, ticket, message or attachment.
struct EntryKey {
  absl::Time time;
  int step = 0;
  std::string ticket_id;
  std::string part_id;

  auto Order() const { return std::tie(time, step, ticket_id, part_id); }
  std::string Encode() const { return fmt::format("{} {} {} {}", absl::ToUnixMicros(time), step, ticket_id, part_id); }
  static std::optional<EntryKey> Decode(std::string_view bytes);
};

// Where an entry of an export stands: behind those of newer tickets.
struct ExportKey {
  absl::Time receive_time;
  EntryKey entry;

  std::string Encode() const { return fmt::format("{} {}", absl::ToUnixMicros(receive_time), entry.Encode()); }
  static std::optional<ExportKey> Decode(std::string_view bytes);
};

bool ParseNumber(std::string_view text, int64_t& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

std::optional<EntryKey> EntryKey::Decode(std::string_view bytes) {
  const std::vector<std::string> parts = absl::StrSplit(absl::string_view(bytes.data(), bytes.size()), ' ');
  int64_t micros = 0;
  int64_t step = 0;
  if (parts.size() != 4 || !ParseNumber(parts[0], micros) || !ParseNumber(parts[1], step)) return std::nullopt;
  if (!TimelineEntry::Step_IsValid(static_cast<int>(step)) || !IsResourceId(parts[2])) return std::nullopt;
  if (!parts[3].empty() && !IsResourceId(parts[3])) return std::nullopt;
  return EntryKey{absl::FromUnixMicros(micros), static_cast<int>(step), parts[2], parts[3]};
}

std::optional<ExportKey> ExportKey::Decode(std::string_view bytes) {
  const size_t end = std::min(bytes.find(' '), bytes.size());
  int64_t micros = 0;
  if (!ParseNumber(bytes.substr(0, end), micros)) return std::nullopt;
  std::optional<EntryKey> entry = EntryKey::Decode(bytes.substr(std::min(end + 1, bytes.size())));
  if (!entry) return std::nullopt;
  return ExportKey{absl::FromUnixMicros(micros), *std::move(entry)};
}

absl::Status AddTicketKeys(storage::Snapshot& snapshot, const std::string& ticket_id, std::vector<EntryKey>& keys) {
  ASSIGN_OR_RETURN(const LoadedTicket loaded, LoadTicketHead(snapshot, kTicketPattern.Name(ticket_id)));
  const v1::Ticket& ticket = loaded.row.ticket;
  const auto add = [&](TimelineEntry::Step step, bool happened, const google::protobuf::Timestamp& time) {
    if (happened) keys.push_back({FromProtoTime(time), step, ticket_id, ""});
  };
  add(TimelineEntry::RECEIVED, true, ticket.receive_time());
  add(TimelineEntry::HEARD, ticket.has_hear_time(), ticket.hear_time());
  add(TimelineEntry::DECIDED, ticket.has_decide_time(), ticket.decide_time());
  add(TimelineEntry::ANSWERED, ticket.has_answer_time(), ticket.answer_time());
  add(TimelineEntry::CLOSED, ticket.has_close_time(), ticket.close_time());
  const auto add_parts = [&](storage::Sql times_and_ids, TimelineEntry::Step step) {
    return snapshot.Query(times_and_ids, {ticket_id}, [&](const Row& row) {
      keys.push_back({row.Time(0), step, ticket_id, row.Text(1)});
    });
  };
  RETURN_IF_ERROR(
      add_parts("SELECT send_time, message_id FROM message WHERE ticket_id = $1 ORDER BY send_time, message_id",
                TimelineEntry::MESSAGE));
  return add_parts(
      "SELECT create_time, attachment_id FROM attachment WHERE ticket_id = $1 ORDER BY create_time, attachment_id",
      TimelineEntry::ATTACHMENT);
}

void SortNewestFirst(std::vector<EntryKey>& keys) {
  std::ranges::sort(keys, [](const EntryKey& a, const EntryKey& b) { return a.Order() > b.Order(); });
}

void EraseUpTo(std::vector<EntryKey>& keys, const EntryKey& last) {
  std::erase_if(keys, [&](const EntryKey& key) { return key.Order() >= last.Order(); });
}

// The newest first, of all tickets.
absl::StatusOr<std::vector<EntryKey>> KeysBehind(storage::Snapshot& snapshot, const CustomerRow& row,
                                                 const std::optional<EntryKey>& after, int64_t most) {
  ASSIGN_OR_RETURN(std::vector<resource::TimeKey> tickets,
                   ListCustomerTicketKeys(snapshot, row, std::nullopt, kTicketsMost));
  if (static_cast<int64_t>(tickets.size()) > kTicketsMost) tickets.resize(kTicketsMost);
  std::vector<EntryKey> keys;
  for (const resource::TimeKey& ticket : tickets) RETURN_IF_ERROR(AddTicketKeys(snapshot, ticket.id, keys));
  SortNewestFirst(keys);
  if (after) EraseUpTo(keys, *after);
  if (static_cast<int64_t>(keys.size()) > most) keys.resize(static_cast<size_t>(most));
  return keys;
}

// What happened to one ticket behind `after`, the newest first.
absl::Status AddExportKeys(storage::Snapshot& snapshot, const resource::TimeKey& ticket, const EntryKey* after,
                           std::vector<ExportKey>& keys) {
  std::vector<EntryKey> entries;
  RETURN_IF_ERROR(AddTicketKeys(snapshot, ticket.id, entries));
  SortNewestFirst(entries);
  if (after != nullptr) EraseUpTo(entries, *after);
  for (EntryKey& entry : entries) keys.push_back({ticket.time, std::move(entry)});
  return absl::OkStatus();
}

// Ticket by ticket, the newest first; some more than `most`, so that the last ticket is whole.
absl::StatusOr<std::vector<ExportKey>> ExportKeysBehind(storage::Snapshot& snapshot, const CustomerRow& row,
                                                        const std::optional<ExportKey>& after, int64_t most) {
  std::vector<ExportKey> keys;
  std::optional<resource::TimeKey> last;
  // Its own ticket is the next, if it is one of this customer: no letter of an id sorts before '-'.
  if (after) last = resource::TimeKey{after->receive_time, fmt::format("{}-", after->entry.ticket_id)};
  while (static_cast<int64_t>(keys.size()) < most) {
    ASSIGN_OR_RETURN(std::vector<resource::TimeKey> tickets,
                     ListCustomerTicketKeys(snapshot, row, last, kTicketsOfRead));
    if (tickets.empty()) break;
    // Of several names, those behind the first so many may not be the next ones.
    if (static_cast<int64_t>(tickets.size()) > kTicketsOfRead) tickets.resize(kTicketsOfRead);
    for (size_t i = 0; i < tickets.size() && static_cast<int64_t>(keys.size()) < most; ++i) {
      const bool is_begun = after && tickets[i].id == after->entry.ticket_id;
      RETURN_IF_ERROR(AddExportKeys(snapshot, tickets[i], is_begun ? &after->entry : nullptr, keys));
      last = tickets[i];
    }
  }
  return keys;
}

absl::StatusOr<TimelineEntry> ReadEntry(storage::Snapshot& snapshot, const EntryKey& key) {
  TimelineEntry entry;
  *entry.mutable_time() = ToProtoTime(key.time);
  entry.set_step(static_cast<TimelineEntry::Step>(key.step));
  entry.set_ticket(kTicketPattern.Name(key.ticket_id));
  if (entry.step() == TimelineEntry::RECEIVED) {
    ASSIGN_OR_RETURN(*entry.mutable_received(), ReadTicket(snapshot, entry.ticket()));
  } else if (entry.step() == TimelineEntry::MESSAGE) {
    ASSIGN_OR_RETURN(*entry.mutable_message(), ReadMessage(snapshot, kMessagePattern.Name(key.ticket_id, key.part_id)));
  } else if (entry.step() == TimelineEntry::ATTACHMENT) {
    ASSIGN_OR_RETURN(*entry.mutable_attachment(),
                     ReadAttachment(snapshot, kAttachmentPattern.Name(key.ticket_id, key.part_id)));
  }
  return entry;
}

}  // namespace

absl::StatusOr<v1::ListCustomerTimelineResponse> ListCustomerTimeline(storage::Snapshot& snapshot,
                                                                      const rpc::Call& call,
                                                                      const v1::ListCustomerTimelineRequest& request) {
  ASSIGN_OR_RETURN(const LoadedCustomer loaded, LoadCustomer(snapshot, request.parent()));
  RETURN_IF_ERROR(CheckVisible(call, loaded.row.customer.state()));
  return resource::Page<EntryKey>(
      request, &v1::ListCustomerTimelineResponse::mutable_entries,
      [&](const auto& after, int64_t most) { return KeysBehind(snapshot, loaded.row, after, most); },
      [&](const EntryKey& key) { return ReadEntry(snapshot, key); });
}

absl::StatusOr<v1::ExportCustomerResponse> ExportCustomer(storage::Snapshot& snapshot, const rpc::Call&,
                                                          const v1::ExportCustomerRequest& request) {
  ASSIGN_OR_RETURN(const LoadedCustomer loaded, LoadCustomer(snapshot, request.name()));
  ASSIGN_OR_RETURN(
      v1::ExportCustomerResponse response,
      resource::Page<ExportKey>(
          request, &v1::ExportCustomerResponse::mutable_entries,
          [&](const auto& after, int64_t most) { return ExportKeysBehind(snapshot, loaded.row, after, most); },
          [&](const ExportKey& key) { return ReadEntry(snapshot, key.entry); }));
  if (request.page_token().empty()) *response.mutable_customer() = loaded.row.customer;
  return response;
}

}  // namespace dangol::tickets
