// Which tickets the inbox shows, and what can be done with each.
import { Ticket_Disposition, Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { ReopenTicketRequest_Cause } from "@protos/dangol/tickets/v1/ticket_service_pb";

export type ViewName = "open" | "notYet" | "accepted" | "answered" | "all";

export const VIEWS: Record<ViewName, Ticket_State[]> = {
  open: [Ticket_State.RECEIVED, Ticket_State.HEARD],
  notYet: [Ticket_State.NOT_YET],
  accepted: [Ticket_State.ACCEPTED],
  answered: [Ticket_State.ANSWERED],
  all: [],
};

export function viewOf(search: string): ViewName {
  const name = new URLSearchParams(search).get("view") ?? "open";
  return name in VIEWS ? (name as ViewName) : "open";
}

export function pathOf(id: string, view: ViewName): string {
  return `/inbox${id && `/${id}`}${view === "open" ? "" : `?view=${view}`}`;
}

export type Decision = "accept" | "decline" | "answer" | "hear" | "reopen" | "unlink";

export function mayDo(ticket: Ticket): Set<Decision> {
  switch (ticket.state) {
    case Ticket_State.RECEIVED:
      return new Set(["accept", "decline", "answer", "hear"]);
    case Ticket_State.HEARD:
      return new Set(["accept", "decline", "answer"]);
    case Ticket_State.NOT_YET:
      return new Set(["accept", "reopen"]);
    case Ticket_State.ACCEPTED:
      return new Set(["unlink"]);
    case Ticket_State.ANSWERED:
      return ticket.disposition === Ticket_Disposition.CHANGED ? new Set(["reopen"]) : new Set(["accept", "reopen"]);
    default:
      return new Set();
  }
}

export function causeOf(ticket: Ticket): ReopenTicketRequest_Cause {
  if (ticket.state === Ticket_State.NOT_YET) return ReopenTicketRequest_Cause.APPEAL;
  const changed = ticket.disposition === Ticket_Disposition.CHANGED;
  return changed ? ReopenTicketRequest_Cause.NOT_FIXED : ReopenTicketRequest_Cause.NOT_SATISFIED;
}
