#include "services/tickets/ticket/list_handlers.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "common/rpc/paging.h"
#include "services/tickets/caller.h"
#include "services/tickets/customer/customer_store.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/list_rules.h"
#include "services/tickets/ticket/ticket_counts.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using resource::TimeKey;
using v1::ListTicketsRequest;
using v1::Ticket;

// Tickets that one page looks at where no index knows what is asked for.
constexpr int64_t kScanMost = 5000;

TimeKey KeyOf(const TicketRow& row) {
  return {FromProtoTime(row.ticket.receive_time()), std::string(kTicketPattern.Id(row.ticket.name()))};
}

// The newest of several ranges behind `after`: each once, though a ticket may be in two of them.
absl::StatusOr<std::vector<TicketRow>> ListNewest(storage::Snapshot& snapshot, const std::vector<TicketRange>& ranges,
                                                  const TimeKey& after, absl::Time from, int64_t most) {
  std::vector<std::pair<TimeKey, TicketRow>> found;
  for (const TicketRange& range : ranges) {
    ASSIGN_OR_RETURN(std::vector<TicketRow> rows, ListTicketHeads(snapshot, range, after, from, most));
    for (TicketRow& row : rows) found.emplace_back(KeyOf(row), std::move(row));
  }
  const auto order = [](const auto& entry) { return std::tie(entry.first.time, entry.first.id); };
  std::ranges::sort(found, [&](const auto& a, const auto& b) { return order(a) > order(b); });
  const auto same = std::ranges::unique(found, [&](const auto& a, const auto& b) { return order(a) == order(b); });
  found.erase(same.begin(), same.end());
  std::vector<TicketRow> rows;
  for (auto& [key, row] : found) {
    if (static_cast<int64_t>(rows.size()) == most) break;
    rows.push_back(std::move(row));
  }
  return rows;
}

// The same of one customer, who has few.
absl::StatusOr<std::vector<TicketRow>> ListNewestOf(storage::Snapshot& snapshot, const CustomerRow& customer,
                                                    const TimeKey& after, absl::Time from, int64_t most) {
  ASSIGN_OR_RETURN(const std::vector<TimeKey> keys, ListCustomerTicketKeys(snapshot, customer, after, most));
  std::vector<TicketRow> rows;
  for (const TimeKey& key : keys) {
    if (key.time < from) break;
    ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicketHead(snapshot, kTicketPattern.Name(key.id)));
    rows.push_back(std::move(ticket.row));
  }
  return rows;
}

// A page while it is filled.
struct Page {
  v1::ListTicketsResponse response;
  size_t size_most = 0;
  size_t bytes = 0;
  TimeKey last;  // of what was looked at

  bool IsFull() const {
    return static_cast<size_t>(response.tickets_size()) == size_most || bytes >= rpc::kPageBytesMax;
  }
};

// Looks at rows until the page is full. True: it is, and there is another one that belongs on the next page.
absl::StatusOr<bool> Fill(storage::Snapshot& snapshot, const ListTicketsRequest& request,
                          const std::vector<TicketRow>& rows, Page& page) {
  for (const TicketRow& row : rows) {
    const bool matches = Matches(request, row);
    if (matches && page.IsFull()) return true;
    page.last = KeyOf(row);
    if (!matches) continue;
    ASSIGN_OR_RETURN(*page.response.add_tickets(), ReadTicket(snapshot, row.ticket.name()));
    page.bytes += page.response.tickets().rbegin()->ByteSizeLong();
  }
  return false;
}

absl::StatusOr<TimeKey> Start(const ListTicketsRequest& request, const ListTicketsRequest& original) {
  ASSIGN_OR_RETURN(const std::optional<std::string> position, rpc::ParsePageToken(original, original.page_token()));
  if (position) {
    const std::optional<TimeKey> key = TimeKey::Decode(*position);
    if (!key) return rpc::MalformedPageToken(original.page_token());
    return *key;
  }
  // Before all that have this time.
  if (request.has_receive_before_time()) return TimeKey{FromProtoTime(request.receive_before_time()), ""};
  return TimeKey::BeforeNewest();
}

}  // namespace

absl::StatusOr<v1::BatchGetTicketsResponse> BatchGetTickets(storage::Snapshot& snapshot, const rpc::Call&,
                                                            const v1::BatchGetTicketsRequest& request) {
  v1::BatchGetTicketsResponse response;
  size_t bytes = 0;
  for (const std::string& name : request.names()) {
    if (bytes >= rpc::kPageBytesMax) {
      response.add_left_names(name);
      continue;
    }
    ASSIGN_OR_RETURN(*response.add_tickets(), ReadTicket(snapshot, name));
    bytes += response.tickets().rbegin()->ByteSizeLong();
  }
  return response;
}

absl::StatusOr<v1::ListTicketsResponse> ListTickets(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const ListTicketsRequest& original) {
  ListTicketsRequest request = original;
  if (request.view() == v1::MINE && request.assignee().empty()) request.set_assignee(CallerMember(call));
  ASSIGN_OR_RETURN(TimeKey after, Start(request, original));
  const std::vector<TicketRange> ranges = RangesOf(request);
  std::optional<LoadedCustomer> customer;
  if (!request.customer().empty()) {
    ASSIGN_OR_RETURN(customer, LoadCustomer(snapshot, request.customer()));
  }
  const absl::Time from = request.has_receive_from_time() ? FromProtoTime(request.receive_from_time())
                                                          : absl::FromUnixMicros(INT64_MIN / 2);
  Page page;
  page.size_most = static_cast<size_t>(rpc::PageSize(request.page_size()));
  page.last = std::move(after);
  for (int64_t scanned = 0; scanned < kScanMost;) {
    const int64_t most = std::min(kScanMost - scanned, static_cast<int64_t>(page.size_most) + 1);
    ASSIGN_OR_RETURN(const std::vector<TicketRow> rows,
                     customer ? ListNewestOf(snapshot, customer->row, page.last, from, most)
                              : ListNewest(snapshot, ranges, page.last, from, most));
    ASSIGN_OR_RETURN(const bool more, Fill(snapshot, request, rows, page));
    if (more) break;
    if (static_cast<int64_t>(rows.size()) < most) return std::move(page.response);  // there are no others
    scanned += most;
  }
  page.response.set_next_page_token(rpc::MakePageToken(original, page.last.Encode()));
  return std::move(page.response);
}

absl::StatusOr<v1::CountTicketsResponse> CountTickets(storage::Snapshot& snapshot, const rpc::Call& call,
                                                      const v1::CountTicketsRequest& request) {
  return ReadTicketCounts(snapshot, request, CallerMember(call));
}

}  // namespace dangol::tickets
