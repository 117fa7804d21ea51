// Which tickets the inbox shows, and what can be done with each.
import { timestampDate } from "@bufbuild/protobuf/wkt";

import { Change_State } from "@protos/dangol/backlog/v1/change_pb";
import { View, type CountTicketsResponse } from "@protos/dangol/tickets/v1/ticket_query_pb";
import { Ticket_Disposition, Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { ReopenTicketRequest_Cause } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { dueBy } from "../../base/days";
import { isSlug } from "../../base/ids";
import { may, mayAt, type Permission } from "../../base/session";

export type ViewName = "open" | "mine" | "unassigned" | "overdue" | "today" | "revisit" | "waiting" | "notYet" | "accepted" | "answered" | "all";

interface ViewQuery {
  view?: View;
  states: Ticket_State[];
}

// Changes that complaints are accepted into.
export const ACCEPTING = [Change_State.PROPOSED, Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.SHIPPED, Change_State.REGRESSED];

const OPEN = [Ticket_State.RECEIVED, Ticket_State.HEARD];

export const VIEWS: Record<ViewName, ViewQuery> = {
  open: { view: View.INBOX, states: [] },
  mine: { view: View.MINE, states: [] },
  unassigned: { view: View.UNASSIGNED, states: [] },
  overdue: { view: View.OVERDUE, states: [] },
  today: { view: View.DUE_TODAY, states: [] },
  revisit: { view: View.REVISIT, states: [] },
  waiting: { view: View.WAITING_FOR_CUSTOMER, states: [] },
  notYet: { states: [Ticket_State.NOT_YET] },
  accepted: { states: [Ticket_State.ACCEPTED] },
  answered: { states: [Ticket_State.ANSWERED] },
  all: { states: [] },
};

export function dueOf(ticket: Pick<Ticket, "dueTime">, nowMs: number): "over" | "today" | undefined {
  return ticket.dueTime && dueBy(timestampDate(ticket.dueTime), new Date(nowMs));
}

// In which states a ticket belongs there by itself; none: in any.
export function statesOf(view: ViewName): Ticket_State[] {
  if (view === "revisit") return [Ticket_State.NOT_YET];
  return VIEWS[view].view === undefined ? VIEWS[view].states : OPEN;
}

// Whether it stays in the list once it is decided: somebody may still be owed a word.
export function belongsIn(view: ViewName, ticket: Pick<Ticket, "state" | "waitingSinceTime" | "owesReply">): boolean {
  const states = statesOf(view);
  if (!states.length || states.includes(ticket.state)) return true;
  return (view === "open" || view === "unassigned") && (Boolean(ticket.waitingSinceTime) || ticket.owesReply);
}

export function countOf(view: ViewName, counts: CountTicketsResponse | undefined): bigint | undefined {
  const { view: wanted, states } = VIEWS[view];
  // What is whose is not counted.
  if (view === "mine" || view === "all") return undefined;
  if (wanted !== undefined) return counts?.views.find((one) => one.view === wanted)?.tickets;
  return counts?.states.find((one) => one.state === states[0])?.tickets;
}

// What depends on the clock is counted up to a limit.
export function isMore(view: ViewName, counts: CountTicketsResponse | undefined): boolean {
  return counts?.views.find((one) => one.view === VIEWS[view].view)?.more ?? false;
}

export function viewOf(search: string): ViewName {
  const name = new URLSearchParams(search).get("view") ?? "open";
  return name in VIEWS ? (name as ViewName) : "open";
}

// Only what is about this contact reason, or one below it; empty: about anything.
export function reasonOf(search: string): string {
  const reason = new URLSearchParams(search).get("reason") ?? "";
  return isSlug(reason) ? reason : "";
}

export function pathOf(id: string, view: ViewName, reason = ""): string {
  const search = new URLSearchParams({ ...(view !== "open" && { view }), ...(reason && { reason }) }).toString().replaceAll("%2F", "/");
  return `/inbox${id && `/${id}`}${search && `?${search}`}`;
}

export type Decision = "accept" | "decline" | "answer" | "hear" | "close" | "reopen" | "unlink" | "dismiss" | "duplicate" | "spam" | "restore" | "split" | "rate";

function byState(ticket: Ticket): Decision[] {
  switch (ticket.state) {
    case Ticket_State.RECEIVED:
      return ["accept", "decline", "answer", "hear", "split", "duplicate", "spam"];
    case Ticket_State.HEARD:
      return ["accept", "decline", "answer", "split", "duplicate", "spam"];
    case Ticket_State.NOT_YET:
      return ["accept", "reopen", "rate"];
    case Ticket_State.ACCEPTED:
      return ["unlink"];
    case Ticket_State.ANSWERED:
      return ticket.disposition === Ticket_Disposition.CHANGED ? ["close", "reopen", "rate"] : ["accept", "close", "reopen", "rate"];
    case Ticket_State.CLOSED:
      return ["rate"];
    case Ticket_State.DUPLICATE:
    case Ticket_State.SPAM:
      return ["restore"];
    default:
      return [];
  }
}

const NEEDS: Record<Decision, Permission> = {
  accept: "tickets.accept",
  decline: "tickets.decide",
  answer: "tickets.hear",
  hear: "tickets.hear",
  close: "tickets.hear",
  reopen: "tickets.write",
  unlink: "tickets.accept",
  dismiss: "tickets.hear",
  duplicate: "tickets.hear",
  spam: "tickets.hear",
  restore: "tickets.hear",
  split: "tickets.hear",
  rate: "tickets.write",
};

// What this person may do: to one ticket, or to some.
export function isOffered(decision: Decision, ticket?: Ticket): boolean {
  const needs = NEEDS[decision];
  return needs === "tickets.decide" && ticket ? mayAt(needs, ticket.stage) : may(needs);
}

export function mayDo(ticket: Ticket): Set<Decision> {
  const may = new Set(byState(ticket));
  const waits = Boolean(ticket.waitingSinceTime) || ticket.owesReply;
  // While somebody waits for a word it is not done.
  if (waits) may.delete("close");
  if (waits && ticket.state !== Ticket_State.RECEIVED) may.add("dismiss");
  return may;
}

export function causeOf(ticket: Ticket): ReopenTicketRequest_Cause {
  if (ticket.state === Ticket_State.NOT_YET) return ReopenTicketRequest_Cause.APPEAL;
  const changed = ticket.disposition === Ticket_Disposition.CHANGED;
  return changed ? ReopenTicketRequest_Cause.NOT_FIXED : ReopenTicketRequest_Cause.NOT_SATISFIED;
}
