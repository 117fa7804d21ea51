// The way back from a decision: what the service is asked for, where there is a way.
import { Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import type { TicketResult } from "@protos/dangol/tickets/v1/ticket_requests_pb";
import { ReopenTicketRequest_Cause } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { tickets } from "../../base/api";
import { putTicket } from "../../base/cache";
import { requestId } from "../../base/ids";
import { explain } from "../../base/errors";
import { say, sayFailure } from "../../base/toast";
import { memberOfDevice } from "../../parts/member_field";
import type { Words } from "../../words/words";

export type WayBack = "unlink" | "accept" | "mistake" | "restore";

// Of a ticket as it was before the decision, and as it is after it. A customer who is content, or waits no more, is not asked again:
// nothing leads back from there, nor from having heard. What left the ticket where it stood, such as that it needs no reply, decided nothing.
export function wayBack(before: Ticket_State, after: Ticket_State): WayBack | undefined {
  if (before === after) return undefined;
  switch (after) {
    case Ticket_State.ACCEPTED:
      return "unlink";
    case Ticket_State.NOT_YET:
    case Ticket_State.ANSWERED:
      return "mistake";
    case Ticket_State.DUPLICATE:
    case Ticket_State.SPAM:
      return "restore";
    default:
      return before === Ticket_State.ACCEPTED ? "accept" : undefined;
  }
}

// undefined: there is no way back.
function callBack(before: Ticket, after: Ticket): (() => Promise<Ticket>) | undefined {
  const way = wayBack(before.state, after.state);
  if (!way) return undefined;
  const calls: Record<WayBack, (request: { name: string; requestId: string }) => Promise<Ticket>> = {
    unlink: (request) => tickets.unlinkTicket(request),
    accept: (request) => tickets.acceptTicket({ ...request, change: before.change, acceptedBy: memberOfDevice() }),
    mistake: (request) => tickets.reopenTicket({ ...request, cause: ReopenTicketRequest_Cause.MISTAKE }),
    restore: (request) => tickets.restoreTicket(request),
  };
  return () => calls[way]({ name: after.name, requestId: requestId() });
}

// Does it; undefined: there is no way back.
export function takeBack(before: Ticket, after: Ticket, t: Words): (() => void) | undefined {
  const call = callBack(before, after);
  return call && (() => run([call()], t));
}

const READ_MAX = 100;

// Which of several came where the decision leads, and into which change, where that was said. The answer to a repeated request does not say which were
// skipped: these stand where they stood before, or where somebody else brought them.
export function broughtTo(to: Ticket_State, before: Ticket[], results: TicketResult[], change = ""): string[] {
  const elsewhere = new Set(before.filter(({ state }) => state !== to).map(({ name }) => name));
  const brought = results.filter((one) => !one.skipReason && one.state === to && elsewhere.has(one.name) && (!change || one.change === change));
  return brought.map(({ name }) => name);
}

// What a decision on several made of them, and one way back for all; those that were skipped are left out.
export async function decidedOf(to: Ticket_State, before: Ticket[], results: TicketResult[], t: Words): Promise<{ decided: Ticket[]; undo: (() => void) | undefined }> {
  const names = broughtTo(to, before, results);
  const decided: Ticket[] = [];
  for (let at = 0; at < names.length; at += READ_MAX) decided.push(...(await tickets.batchGetTickets({ names: names.slice(at, at + READ_MAX) })).tickets);
  decided.forEach(putTicket);
  const ways = decided.flatMap((after) => {
    const was = before.find(({ name }) => name === after.name);
    return (was && callBack(was, after)) ?? [];
  });
  const undo = () =>
    run(
      ways.map((call) => call()),
      t,
    );
  return { decided, undo: ways.length ? undo : undefined };
}

// What came of it is shown, and what failed is said.
export function run(calls: Promise<Ticket>[], t: Words): void {
  void Promise.allSettled(calls).then((ended) => {
    const failed = ended.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    for (const one of ended) if (one.status === "fulfilled") putTicket(one.value);
    if (!failed.length) say(t.inbox.takenBack);
    else if (ended.length === 1) sayFailure(failed[0], t);
    else say(`${t.inbox.notTakenBack(failed.length, ended.length)} ${explain(failed[0], t, true).sentence}`, { bad: true });
  });
}
