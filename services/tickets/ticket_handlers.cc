#include "services/tickets/ticket_handlers.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/rpc/paging.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "fmt/format.h"
#include "services/tickets/message_handlers.h"
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
  return event;
}

// Of the fields that an error may be about, in the request as it came.
struct Paths {
  std::string ticket;
  std::string id;
};

absl::StatusOr<Ticket> Create(storage::Transaction& transaction, const rpc::Call& call, const v1::CreateTicketRequest& request,
                              const Paths& path) {
  Ticket ticket = request.ticket();
  RETURN_IF_ERROR(Receive(ticket, call.now(), path.ticket));
  ticket.set_name(TicketName(request.ticket_id().empty() ? call.NewId() : request.ticket_id()));
  absl::Status inserted = InsertTicket(transaction, ticket, /*is_new_name=*/request.ticket_id().empty());
  if (absl::IsAlreadyExists(inserted)) return AtField(std::move(inserted), path.id);
  RETURN_IF_ERROR(std::move(inserted));
  RETURN_IF_ERROR(feed::Append(transaction, call, CreatedEvent(ticket), {{ticket.name(), Version(ticket)}}));
  return ticket;
}

}  // namespace

absl::StatusOr<Ticket> CreateTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateTicketRequest& request) {
  return Create(transaction, call, request, {"ticket", "ticket_id"});
}

absl::StatusOr<v1::BatchCreateTicketsResponse> BatchCreateTickets(storage::Transaction& transaction, const rpc::Call& call,
                                                                  const v1::BatchCreateTicketsRequest& request) {
  v1::BatchCreateTicketsResponse response;
  for (int i = 0; i < request.requests_size(); ++i) {
    const v1::CreateTicketRequest& one = request.requests(i);
    if (!one.request_id().empty()) {
      return InvalidField(fmt::format("requests[{}].request_id", i),
                          fmt::format("{} is set: the batch has a request_id of its own. Leave this one empty.",
                                      ShownValue(one.request_id())));
    }
    ASSIGN_OR_RETURN(*response.add_tickets(), Create(transaction, call, one, {fmt::format("requests[{}].ticket", i), fmt::format("requests[{}].ticket_id", i)}));
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
    ASSIGN_OR_RETURN(std::vector<rpc::PageKey> more,
                     ListTicketKeys(snapshot, static_cast<Ticket::State>(state), after, static_cast<int64_t>(page_size) + 1));
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

absl::StatusOr<Ticket> AcknowledgeTicket(storage::Transaction& transaction, const rpc::Call& call,
                                         const v1::AcknowledgeTicketRequest& request) {
  ASSIGN_OR_RETURN(Ticket ticket, ReadTicket(transaction, request.name()));
  RETURN_IF_ERROR(CheckEtag(ticket, request.etag()));
  RETURN_IF_ERROR(Acknowledge(ticket, request.heard_summary(), call.now()));
  RETURN_IF_ERROR(UpdateTicket(transaction, ticket, call.now()));
  TicketEvent event;
  event.mutable_ticket_acknowledged()->set_ticket(ticket.name());
  *event.mutable_ticket_acknowledged()->mutable_hear_time() = ticket.hear_time();
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{ticket.name(), Version(ticket)}}));
  return ticket;
}

absl::StatusOr<Ticket> DeclineTicket(storage::Transaction& transaction, const rpc::Call& call,
                                     const v1::DeclineTicketRequest& request) {
  ASSIGN_OR_RETURN(Ticket ticket, ReadTicket(transaction, request.name()));
  RETURN_IF_ERROR(CheckEtag(ticket, request.etag()));
  RETURN_IF_ERROR(Decline(ticket, request, call.now()));
  v1::Message reply;
  reply.set_name(MessageName(TicketId(ticket.name()), call.NewId()));
  reply.set_kind(v1::Message::PUBLIC);
  reply.set_author(request.decided_by());
  reply.set_body(request.reply());
  ASSIGN_OR_RETURN(const absl::Time time, NextMessageTime(transaction, TicketId(ticket.name()), call.now()));
  *reply.mutable_create_time() = ToProtoTime(time);
  RETURN_IF_ERROR(AddMessage(transaction, call, reply));
  TakeMessage(ticket, reply.kind(), time);
  RETURN_IF_ERROR(UpdateTicket(transaction, ticket, call.now()));
  TicketEvent event;
  v1::TicketDeclined& declined = *event.mutable_ticket_declined();
  declined.set_ticket(ticket.name());
  declined.set_reason(request.reason());
  declined.set_capability_gap(request.capability_gap());
  declined.set_decided_by(request.decided_by());
  *declined.mutable_decide_time() = ticket.decide_time();
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{ticket.name(), Version(ticket)}}));
  return ticket;
}

}  // namespace dangol::tickets
