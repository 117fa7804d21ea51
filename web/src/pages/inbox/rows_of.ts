// The list as rows of a table.
import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { idOf } from "../../base/ids";
import { dateOf } from "../../format/time";
import type { Words } from "../../words/words";

// Words that are not in sight are not here either.
export function rowsOf(tickets: Ticket[], t: Words, isHidden: (ticket: Ticket) => boolean): string[][] {
  const head = [t.csv.id, t.csv.state, t.csv.received, t.csv.channel, t.csv.reason, t.csv.subject, t.csv.body, t.csv.change];
  const rows = tickets.map((ticket) => [
    idOf(ticket.name),
    t.ticketState[ticket.state] ?? "",
    dateOf(ticket.receiveTime)?.toISOString() ?? "",
    t.channel[ticket.source?.channel ?? ""] ?? ticket.source?.channel ?? "",
    ticket.contactReason,
    isHidden(ticket) ? t.customer.hiddenWords : ticket.subject,
    isHidden(ticket) ? "" : ticket.body,
    idOf(ticket.change),
  ]);
  return [head, ...rows];
}
