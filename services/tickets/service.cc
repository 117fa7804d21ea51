#include "services/tickets/service.h"

#include "services/tickets/customer/customer_handlers.h"
#include "services/tickets/customer/customer_store.h"
#include "services/tickets/customer/erase_handlers.h"
#include "services/tickets/customer/merge_handlers.h"
#include "services/tickets/customer/timeline.h"
#include "services/tickets/integrity.h"
#include "services/tickets/message/message_handlers.h"
#include "services/tickets/message/message_store.h"
#include "services/tickets/policy/policy_handlers.h"
#include "services/tickets/reactions.h"
#include "services/tickets/reason/reason_handlers.h"
#include "services/tickets/reason/reason_move.h"
#include "services/tickets/reason/reason_store.h"
#include "services/tickets/schema.h"
#include "services/tickets/ticket/accept_handlers.h"
#include "services/tickets/ticket/action_handlers.h"
#include "services/tickets/ticket/batch_handlers.h"
#include "services/tickets/ticket/close_sweep.h"
#include "services/tickets/ticket/list_handlers.h"
#include "services/tickets/ticket/mark_handlers.h"
#include "services/tickets/ticket/ticket_handlers.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

void AddMethods(rpc::MethodTable& table, feed::EventStreams& streams) {
  table.AddResource<v1::Ticket>(ReadTicket);
  table.AddResource<v1::Message>(ReadMessage);
  table.AddResource<v1::TicketResult>(ReadTicketResult);
  table.AddResource<v1::Customer>(ReadCustomer);
  table.AddResource<v1::TriagePolicy>(ReadPolicy);
  table.AddResource<v1::ContactReason>(ReadReason);
  rpc::ServiceMethods(table, "dangol.tickets.v1.TicketService")
      .Add("CreateTicket", CreateTicket)
      .Add("BatchCreateTickets", BatchCreateTickets)
      .Add("GetTicket", GetTicket)
      .Add("BatchGetTickets", BatchGetTickets)
      .Add("ListTickets", ListTickets)
      .Add("CountTickets", CountTickets)
      .Add("UpdateTicket", UpdateTicket)
      .Add("AcknowledgeTicket", AcknowledgeTicket)
      .Add("DeclineTicket", DeclineTicket)
      .Add("AcceptTicket", AcceptTicket)
      .Add("BatchAcceptTickets", BatchAcceptTickets)
      .Add("ResolveTicket", ResolveTicket)
      .Add("ReopenTicket", ReopenTicket)
      .Add("UnlinkTicket", UnlinkTicket)
      .Add("CloseTicket", CloseTicket)
      .Add("DismissWaiting", DismissWaiting)
      .Add("MarkTicketDuplicate", MarkTicketDuplicate)
      .Add("MarkTicketSpam", MarkTicketSpam)
      .Add("RestoreTicket", RestoreTicket)
      .Add("RateTicket", RateTicket)
      .Add("BatchUpdateTickets", BatchUpdateTickets)
      .Add("BatchDeclineTickets", BatchDeclineTickets)
      .Add("BatchResolveTickets", BatchResolveTickets)
      .Add("BatchReplyTickets", BatchReplyTickets)
      .Add("RedactMessage", RedactMessage)
      .Add("CreateMessage", CreateMessage)
      .Add("ListMessages", ListMessages);
  rpc::ServiceMethods(table, "dangol.tickets.v1.CustomerService")
      .Add("CreateCustomer", CreateCustomer)
      .Add("UpsertCustomers", UpsertCustomers)
      .Add("GetCustomer", GetCustomer)
      .Add("ListCustomers", ListCustomers)
      .Add("UpdateCustomer", UpdateCustomer)
      .Add("MergeCustomers", MergeCustomers)
      .Add("ListCustomerTimeline", ListCustomerTimeline)
      .Add("ExportCustomer", ExportCustomer)
      .Add("RestrictCustomer", RestrictCustomer)
      .Add("EraseCustomer", EraseCustomer);
  rpc::ServiceMethods(table, "dangol.tickets.v1.PolicyService")
      .Add("GetTriagePolicy", GetTriagePolicy)
      .Add("UpdateTriagePolicy", UpdateTriagePolicy)
      .Add("CreateContactReason", CreateContactReason)
      .Add("ListContactReasons", ListContactReasons)
      .Add("UpdateContactReason", UpdateContactReason)
      .Add("DeleteContactReason", DeleteContactReason)
      .Add("MoveContactReason", MoveContactReason);
  streams.AddFeed(table, "dangol.tickets.v1.TicketFeed");
}

}  // namespace

const service::Definition& TicketsService() {
  static const auto& definition = *new service::Definition{
      .name = "tickets",
      .port_offset = 1,
      .schema = TicketsSchema(),
      .add_methods = AddMethods,
      .integrity_checks = TicketsIntegrityChecks(),
      .timers = {{kCloseTimer, CloseDueTickets},
                 {kEraseTimer, OnEraseTimer},
                 {kRetainTimer, OnRetainTimer},
                 {kMoveTimer, MoveTickets}},
      .sources = {feed::Follow<backlog::v1::StreamEventsResponse, backlog::v1::ChangeEvent>(
          "backlog", "dangol.backlog.v1.ChangeFeed", OnChangeEvent)},
  };
  return definition;
}

}  // namespace dangol::tickets
