#include "services/tickets/service.h"

#include "services/tickets/attachment/attachment_handlers.h"
#include "services/tickets/attachment/attachment_store.h"
#include "services/tickets/customer/customer_handlers.h"
#include "services/tickets/customer/customer_store.h"
#include "services/tickets/customer/erase_handlers.h"
#include "services/tickets/customer/hidden_words.h"
#include "services/tickets/customer/merge_handlers.h"
#include "services/tickets/customer/timeline.h"
#include "services/tickets/import/import_handlers.h"
#include "services/tickets/import/import_store.h"
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
  table.AddResource<v1::Ticket>(HidingAgain<ReadTicket>::Read);
  table.AddResource<v1::Message>(HidingAgain<ReadMessage>::Read);
  table.AddResource<v1::Attachment>(HidingAgain<ReadAttachment>::Read);
  table.AddResource<v1::TicketResult>(ReadTicketResult);
  table.AddResource<v1::Customer>(ReadCustomerAgain);
  table.AddResource<v1::TriagePolicy>(ReadPolicy);
  table.AddResource<v1::ContactReason>(ReadReason);
  table.AddResource<v1::Import>(ReadImport);
  rpc::ServiceMethods(table, "dangol.tickets.v1.TicketService")
      // Who makes a ticket has said its words.
      .Add("CreateTicket", CreateTicket)
      .Add("BatchCreateTickets", BatchCreateTickets)
      .Add("GetTicket", Hiding<GetTicket>::Handle)
      .Add("BatchGetTickets", Hiding<BatchGetTickets>::Handle)
      .Add("ListTickets", Hiding<ListTickets>::Handle)
      .Add("CountTickets", CountTickets)
      .Add("UpdateTicket", Hiding<UpdateTicket>::Handle)
      .Add("AcknowledgeTicket", Hiding<AcknowledgeTicket>::Handle)
      .Add("DeclineTicket", Hiding<DeclineTicket>::Handle)
      .Add("AcceptTicket", Hiding<AcceptTicket>::Handle)
      .Add("BatchAcceptTickets", BatchAcceptTickets)
      .Add("ResolveTicket", Hiding<ResolveTicket>::Handle)
      .Add("ReopenTicket", Hiding<ReopenTicket>::Handle)
      .Add("UnlinkTicket", Hiding<UnlinkTicket>::Handle)
      .Add("CloseTicket", Hiding<CloseTicket>::Handle)
      .Add("DismissWaiting", Hiding<DismissWaiting>::Handle)
      .Add("MarkTicketDuplicate", Hiding<MarkTicketDuplicate>::Handle)
      .Add("MarkTicketSpam", Hiding<MarkTicketSpam>::Handle)
      .Add("RestoreTicket", Hiding<RestoreTicket>::Handle)
      .Add("RateTicket", Hiding<RateTicket>::Handle)
      .Add("RecordPreviewAnswer", Hiding<RecordPreviewAnswer>::Handle)
      .Add("SplitTicket", Hiding<SplitTicket>::Handle)
      .Add("BatchUpdateTickets", BatchUpdateTickets)
      .Add("BatchDeclineTickets", BatchDeclineTickets)
      .Add("BatchResolveTickets", BatchResolveTickets)
      .Add("BatchReplyTickets", BatchReplyTickets)
      .Add("RedactMessage", Hiding<RedactMessage>::Handle)
      .Add("CreateMessage", Hiding<CreateMessage>::Handle)
      .Add("ListMessages", Hiding<ListMessages>::Handle)
      .Add("CreateAttachment", Hiding<CreateAttachment>::Handle)
      .Add("UploadAttachment", Hiding<UploadAttachment>::Handle)
      .Add("GetAttachment", Hiding<GetAttachment>::Handle)
      .Add("DownloadAttachment", DownloadAttachment)
      .Add("ListAttachments", Hiding<ListAttachments>::Handle)
      .Add("RedactAttachment", Hiding<RedactAttachment>::Handle)
      .Add("GetImport", GetImport)
      .Add("ListImports", ListImports)
      .Add("UndoImport", UndoImport)
      .Add("RestoreImport", RestoreImport);
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
                 {kMoveTimer, MoveTickets},
                 {kImportTimer, SweepImport},
                 {kPurgeTimer, PurgeAttachments}},
      .sources = {feed::Follow<backlog::v1::StreamEventsResponse, backlog::v1::ChangeEvent>(
          "backlog", "dangol.backlog.v1.ChangeFeed", OnChangeEvent)},
  };
  return definition;
}

}  // namespace dangol::tickets
