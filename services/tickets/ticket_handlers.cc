#include "services/tickets/ticket_handlers.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/rpc/paging.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/rules.h"
#include "services/tickets/store.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;
using v1::TicketEvent;

TicketEvent CreatedEvent(const Ticket& ticket) {
  TicketEvent event;
  v1::TicketCreated& created = *event.mutable_ticket_created();
  created.set_ticket(ticket.name());
  created.set_kind(ticket.kind());
  created.set_state(ticket.state());
  created.set_severity(ticket.severity());
  created.set_channel(ticket.source().channel());
  created.set_connection(ticket.source().connection());
  created.set_contact_reason(ticket.contact_reason());
  created.set_stage(ticket.stage());
  *created.mutable_occur_time() = ticket.occur_time();
  *created.mutable_receive_time() = ticket.receive_time();
  created.set_disposition(ticket.disposition());
  if (ticket.has_close_time()) *created.mutable_close_time() = ticket.close_time();
  return event;
}

// Of the fields that an error may be about, in the request as it came.
struct Paths {
  explicit Paths(const std::string& prefix = "")
      : ticket(prefix + "ticket"),
        id(prefix + "ticket_id"),
        request_id(prefix + "request_id"),
        history(prefix + "history") {}
  std::string ticket;
  std::string id;
  std::string request_id;
  std::string history;
};

absl::StatusOr<Ticket> Create(storage::Transaction& transaction, const rpc::Call& call,
                              const v1::CreateTicketRequest& request, const Paths& path) {
  Ticket ticket = request.ticket();
  RETURN_IF_ERROR(Receive(ticket, call.now(), path.ticket));
  if (request.has_history()) RETURN_IF_ERROR(MakeHistory(ticket, request.history(), path.history));
  ticket.set_name(TicketName(request.ticket_id().empty() ? call.NewId() : request.ticket_id()));
  absl::Status inserted = InsertTicket(transaction, ticket, /*is_new_name=*/request.ticket_id().empty());
  if (absl::IsAlreadyExists(inserted)) return AtField(std::move(inserted), path.id);
  RETURN_IF_ERROR(std::move(inserted));
  RETURN_IF_ERROR(feed::Append(transaction, call, CreatedEvent(ticket), {{ticket.name(), Version(ticket)}}));
  return ticket;
}

// An id twice in a batch is one ticket only where both say the same.
absl::Status CheckSame(const v1::CreateTicketRequest& first, const v1::CreateTicketRequest& second, int first_index,
                       std::string_view id_path) {
  if (google::protobuf::util::MessageDifferencer::Equals(first, second)) return absl::OkStatus();
  return InvalidField(
      id_path,
      fmt::format("{} is the ticket_id of requests[{}], too, which says something else. Send one of them, "
                  "or give one another id.",
                  ShownValue(second.ticket_id()), first_index),
      "TICKET_ID_REPEATED");
}

}  // namespace

absl::StatusOr<Ticket> CreateTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateTicketRequest& request) {
  return Create(transaction, call, request, Paths());
}

absl::StatusOr<v1::BatchCreateTicketsResponse> BatchCreateTickets(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::BatchCreateTicketsRequest& request) {
  v1::BatchCreateTicketsResponse response;
  absl::flat_hash_map<std::string_view, int> first_with_id;  // where existing ones are skipped
  for (int i = 0; i < request.requests_size(); ++i) {
    const v1::CreateTicketRequest& one = request.requests(i);
    const Paths path(fmt::format("requests[{}].", i));
    if (!one.request_id().empty()) {
      return InvalidField(path.request_id,
                          fmt::format("{} is set: the batch has a request_id of its own. Leave this one empty.",
                                      ShownValue(one.request_id())));
    }
    if (request.skip_existing() && !one.ticket_id().empty()) {
      const auto [first, is_new] = first_with_id.try_emplace(one.ticket_id(), i);
      if (!is_new) RETURN_IF_ERROR(CheckSame(request.requests(first->second), one, first->second, path.id));
    }
    absl::StatusOr<Ticket> ticket = Create(transaction, call, one, path);
    if (absl::IsAlreadyExists(ticket.status()) && request.skip_existing()) continue;  // nothing was changed by it
    if (!ticket.ok()) return std::move(ticket).status();
    *response.add_tickets() = *std::move(ticket);
  }
  return response;
}

absl::StatusOr<Ticket> GetTicket(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetTicketRequest& request) {
  return ReadTicket(snapshot, request.name());
}

absl::StatusOr<v1::ListTicketsResponse> ListTickets(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListTicketsRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<rpc::PageKey> after, rpc::ParsePageToken(request, request.page_token()));
  const auto page_size = static_cast<size_t>(rpc::PageSize(request.page_size()));
  std::set<int> states(request.states().begin(), request.states().end());
  if (states.empty()) {
    for (int state = Ticket::RECEIVED; state <= Ticket::State_MAX; ++state) states.insert(state);
  }
  std::vector<rpc::PageKey> keys;
  for (int state : states) {
    ASSIGN_OR_RETURN(std::vector<rpc::PageKey> more, ListTicketKeys(snapshot, static_cast<Ticket::State>(state), after,
                                                                    static_cast<int64_t>(page_size) + 1));
    std::ranges::move(more, std::back_inserter(keys));
  }
  std::ranges::sort(keys, [](const rpc::PageKey& a, const rpc::PageKey& b) {
    return std::tie(a.time, a.id) > std::tie(b.time, b.id);
  });
  v1::ListTicketsResponse response;
  size_t bytes = 0;
  for (const rpc::PageKey& key : keys) {
    if (static_cast<size_t>(response.tickets_size()) == page_size || bytes >= rpc::kPageBytesMax) {
      const rpc::PageKey& last = *(&key - 1);
      response.set_next_page_token(rpc::MakePageToken(request, last));
      break;
    }
    ASSIGN_OR_RETURN(*response.add_tickets(), ReadTicket(snapshot, TicketName(key.id)));
    bytes += response.tickets().rbegin()->ByteSizeLong();
  }
  return response;
}

}  // namespace dangol::tickets
