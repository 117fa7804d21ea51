#include "services/tickets/ticket/list_handlers.h"

#include <algorithm>
#include <memory>
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
#include "services/tickets/import/import_store.h"
#include "services/tickets/names.h"
#include "services/tickets/policy/policy_store.h"
#include "services/tickets/ticket/duplicate_store.h"
#include "services/tickets/ticket/label_store.h"
#include "services/tickets/ticket/list_rules.h"
#include "services/tickets/ticket/ticket_counts.h"
#include "services/tickets/ticket/ticket_store.h"
#include "services/tickets/ticket/topic_store.h"

namespace dangol::tickets {
namespace {

using resource::TimeKey;
using v1::ListTicketsRequest;
using v1::Ticket;

// Tickets that one page looks at where no index knows what is asked for: some 25 ms, which a snapshot may well last.
constexpr int64_t kScanMost = 2000;

// A list, read as its request wants it.
struct List {
  explicit List(const ListTicketsRequest& wanted) : request(wanted), order(OrderOf(wanted)) {}

  const ListTicketsRequest& request;
  v1::Order order;
  ListTerms terms;
  std::optional<CustomerRow> customer;
  std::optional<Topic> topic;  // where it is read by that
};

// One of the tables beside that of tickets, which know few each, has what is asked for.
bool IsReadByKey(const ListTicketsRequest& request) {
  return !request.customer().empty() || !request.canonical().empty() || !request.import_name().empty() ||
         !request.label().empty();
}

// The first of several ranges behind `after`: each once, though a ticket may be in two of them.
absl::StatusOr<std::vector<TicketRow>> ListRanges(storage::Snapshot& snapshot, const List& list, const TimeKey& after,
                                                  int64_t most) {
  std::vector<std::pair<TimeKey, TicketRow>> found;
  for (const TicketRange& range : RangesOf(list.request)) {
    ASSIGN_OR_RETURN(std::vector<TicketRow> rows,
                     ListTicketHeads(snapshot, range, after, BoundOf(list.request, list.terms), most));
    for (TicketRow& row : rows) found.emplace_back(KeyOf(list.order, row), std::move(row));
  }
  const auto order = [](const auto& entry) { return std::tie(entry.first.time, entry.first.id); };
  std::ranges::sort(found, [&](const auto& a, const auto& b) {
    return IsOldestFirst(list.order) ? order(a) < order(b) : order(a) > order(b);
  });
  const auto same = std::ranges::unique(found, [&](const auto& a, const auto& b) { return order(a) == order(b); });
  found.erase(same.begin(), same.end());
  std::vector<TicketRow> rows;
  for (auto& [key, row] : found) {
    if (static_cast<int64_t>(rows.size()) == most) break;
    rows.push_back(std::move(row));
  }
  return rows;
}

// The same from the tables beside that of tickets.
absl::StatusOr<std::vector<TicketRow>> ListKeys(storage::Snapshot& snapshot, const List& list, const TimeKey& after,
                                                int64_t most) {
  const ListTicketsRequest& request = list.request;
  const absl::Time from = BoundOf(request, list.terms);
  ASSIGN_OR_RETURN(const std::vector<TimeKey> keys,
                   list.customer                    ? ListCustomerTicketKeys(snapshot, *list.customer, after, most)
                   : !request.canonical().empty()   ? ListDuplicateKeys(snapshot, request.canonical(), after, most)
                   : !request.import_name().empty() ? ListImportTicketKeys(snapshot, request.import_name(), after, most)
                   : !request.label().empty()       ? ListLabelKeys(snapshot, request.label(), after, most)
                                                    : ListTopicKeys(snapshot, list.topic->keys, after, from, most));
  std::vector<TicketRow> rows;
  for (const TimeKey& key : keys) {
    if (key.time < from || static_cast<int64_t>(rows.size()) == most) break;
    ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicketHead(snapshot, kTicketPattern.Name(key.id)));
    rows.push_back(std::move(ticket.row));
  }
  return rows;
}

absl::StatusOr<std::vector<TicketRow>> ListRows(storage::Snapshot& snapshot, const List& list, const TimeKey& after,
                                                int64_t most) {
  const bool by_key = IsReadByKey(list.request) || list.topic;
  return by_key && !IsOldestFirst(list.order) ? ListKeys(snapshot, list, after, most)
                                              : ListRanges(snapshot, list, after, most);
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
absl::StatusOr<bool> Fill(storage::Snapshot& snapshot, const List& list, const std::vector<TicketRow>& rows,
                          Page& page) {
  for (const TicketRow& row : rows) {
    bool matches = Matches(list.request, list.terms, row);
    if (matches && !list.request.label().empty()) {
      ASSIGN_OR_RETURN(matches, HasLabel(snapshot, list.request.label(), KeyOf(v1::RECEIVED_DESC, row)));
    }
    if (matches && !list.request.import_name().empty()) {
      ASSIGN_OR_RETURN(matches, HasImport(snapshot, list.request.import_name(), KeyOf(v1::RECEIVED_DESC, row)));
    }
    if (matches && page.IsFull()) return true;
    page.last = KeyOf(list.order, row);
    if (!matches) continue;
    ASSIGN_OR_RETURN(*page.response.add_tickets(), ReadTicket(snapshot, row.ticket.name()));
    page.bytes += page.response.tickets().rbegin()->ByteSizeLong();
  }
  return false;
}

absl::StatusOr<TimeKey> Start(const List& list, const ListTicketsRequest& original) {
  ASSIGN_OR_RETURN(const std::optional<std::string> position, rpc::ParsePageToken(original, original.page_token()));
  if (!position) return StartOf(list.request, list.terms);
  const std::optional<TimeKey> key = TimeKey::Decode(*position);
  if (!key) return rpc::MalformedPageToken(original.page_token());
  return *key;
}

absl::Status PrepareTopic(storage::Snapshot& snapshot, List& list) {
  const ListTicketsRequest& request = list.request;
  const bool has_index = IsReadByKey(request) || !request.assignee().empty() || !request.change().empty();
  if (has_index || (request.contact_reason().empty() && request.stage().empty())) return absl::OkStatus();
  ASSIGN_OR_RETURN(Topic topic, request.contact_reason().empty() ? ReadStageTopic(snapshot, request.stage())
                                                                 : ReadReasonTopic(snapshot, request.contact_reason()));
  if (IsReadByTopic(request, topic)) list.topic = std::move(topic);
  return absl::OkStatus();
}

// Reads what the list depends on.
absl::Status Prepare(storage::Snapshot& snapshot, const rpc::Call& call, List& list) {
  const ListTicketsRequest& request = list.request;
  list.terms.now = call.now();
  if (IsOfClock(request.view())) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Triage> triage, ReadTriage(snapshot));
    list.terms.end_of_day = triage->working_time.EndOfDay(call.now());
  }
  RETURN_IF_ERROR(PrepareTopic(snapshot, list));
  if (request.customer().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(LoadedCustomer customer, LoadCustomer(snapshot, request.customer()));
  const std::string& root = customer.row.customer.name();
  ASSIGN_OR_RETURN(const std::vector<std::string> merged, MergedInto(snapshot, kCustomerPattern.Id(root)));
  for (const std::string& id : merged) list.terms.customers.insert(kCustomerPattern.Name(id));
  list.terms.customers.insert(root);
  list.customer = std::move(customer.row);
  return absl::OkStatus();
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
  if (request.view() == v1::MINE && request.assignee().empty()) request.set_assignee(MemberBehind(call));
  List list(request);
  RETURN_IF_ERROR(Prepare(snapshot, call, list));
  ASSIGN_OR_RETURN(TimeKey after, Start(list, original));
  if (request.view() == v1::MINE && request.assignee().empty()) return v1::ListTicketsResponse();  // nobody's
  Page page;
  page.size_most = static_cast<size_t>(rpc::PageSize(request.page_size()));
  page.last = std::move(after);
  for (int64_t scanned = 0; scanned < kScanMost;) {
    const int64_t most = std::min(kScanMost - scanned, static_cast<int64_t>(page.size_most) + 1);
    ASSIGN_OR_RETURN(const std::vector<TicketRow> rows, ListRows(snapshot, list, page.last, most));
    ASSIGN_OR_RETURN(const bool more, Fill(snapshot, list, rows, page));
    if (more) break;
    if (static_cast<int64_t>(rows.size()) < most) return std::move(page.response);  // there are no others
    scanned += most;
  }
  page.response.set_next_page_token(rpc::MakePageToken(original, page.last.Encode()));
  return std::move(page.response);
}

absl::StatusOr<v1::CountTicketsResponse> CountTickets(storage::Snapshot& snapshot, const rpc::Call& call,
                                                      const v1::CountTicketsRequest& request) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Triage> triage, ReadTriage(snapshot));
  return ReadTicketCounts(snapshot, request, MemberBehind(call), call.now(), triage->working_time.EndOfDay(call.now()));
}

}  // namespace dangol::tickets
