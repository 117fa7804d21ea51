// Complaints by what they are about, the most frequent first; within each the order stays.
import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";

export function byReason<T extends Pick<Ticket, "contactReason">>(tickets: T[]): { reason: string; tickets: T[] }[] {
  const groups = new Map<string, T[]>();
  for (const ticket of tickets) groups.set(ticket.contactReason, [...(groups.get(ticket.contactReason) ?? []), ticket]);
  return [...groups].map(([reason, of]) => ({ reason, tickets: of })).sort((one, other) => other.tickets.length - one.tickets.length);
}
