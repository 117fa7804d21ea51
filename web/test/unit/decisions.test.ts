import { create } from "@bufbuild/protobuf";
import { timestampFromDate, timestampNow } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";

import { Change_State, ChangeSchema } from "@protos/dangol/backlog/v1/change_pb";
import { Ticket_Disposition, Ticket_State, TicketSchema } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketResultSchema } from "@protos/dangol/tickets/v1/ticket_requests_pb";
import { ReopenTicketRequest_Cause } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { dueBy, endOf } from "../../src/base/days";
import { mayGo, nextOf, waitingOf } from "../../src/pages/change/transitions";
import { broughtTo, wayBack } from "../../src/pages/inbox/undo";
import { belongsIn, causeOf, dueOf, mayDo, pathOf, viewOf } from "../../src/pages/inbox/views";

const may = (state: Ticket_State, more = {}) => [...mayDo(create(TicketSchema, { state, ...more }))].sort();

test("what may be decided of a ticket depends on where it stands", () => {
  expect(may(Ticket_State.RECEIVED)).toEqual(["accept", "answer", "decline", "duplicate", "hear", "spam", "split"]);
  expect(may(Ticket_State.HEARD)).toEqual(["accept", "answer", "decline", "duplicate", "spam", "split"]);
  expect(may(Ticket_State.NOT_YET)).toEqual(["accept", "rate", "reopen"]);
  expect(may(Ticket_State.ACCEPTED)).toEqual(["unlink"]);
  expect(may(Ticket_State.ANSWERED, { disposition: Ticket_Disposition.INFORMED })).toEqual(["accept", "close", "rate", "reopen"]);
  expect(may(Ticket_State.ANSWERED, { disposition: Ticket_Disposition.CHANGED })).toEqual(["close", "rate", "reopen"]);
  expect(may(Ticket_State.CLOSED)).toEqual(["rate"]);
  expect(may(Ticket_State.SPAM)).toEqual(["restore"]);
  expect(may(Ticket_State.DUPLICATE)).toEqual(["restore"]);
});

test("what is decided leaves the inbox unless somebody waits for a word, or one is owed", () => {
  const accepted = create(TicketSchema, { state: Ticket_State.ACCEPTED });
  const waits = create(TicketSchema, { state: Ticket_State.ACCEPTED, waitingSinceTime: timestampNow() });
  const owed = create(TicketSchema, { state: Ticket_State.NOT_YET, owesReply: true });
  for (const view of ["open", "unassigned"] as const) expect([accepted, waits, owed].map((one) => belongsIn(view, one))).toEqual([false, true, true]);
  expect([accepted, waits].map((one) => belongsIn("accepted", one))).toEqual([true, true]);
  expect([accepted, waits, owed].map((one) => belongsIn("overdue", one))).toEqual([false, false, false]);
  expect([accepted, waits, owed].map((one) => belongsIn("all", one))).toEqual([true, true, true]);
});

test("while somebody waits for a word a ticket is not closed, and the waiting can be dismissed once it was read", () => {
  const waits = { waitingSinceTime: timestampNow() };
  expect(may(Ticket_State.ANSWERED, { disposition: Ticket_Disposition.CHANGED, ...waits })).toEqual(["dismiss", "rate", "reopen"]);
  expect(may(Ticket_State.RECEIVED, waits)).not.toContain("dismiss");
});

test("a decision is taken back where the service has a way back", () => {
  const { RECEIVED, HEARD, ACCEPTED, NOT_YET, ANSWERED, CLOSED, SPAM, DUPLICATE } = Ticket_State;
  expect(wayBack(RECEIVED, ACCEPTED)).toBe("unlink");
  expect(wayBack(ACCEPTED, HEARD)).toBe("accept");
  expect(wayBack(RECEIVED, NOT_YET)).toBe("mistake");
  expect(wayBack(HEARD, ANSWERED)).toBe("mistake");
  expect(wayBack(RECEIVED, SPAM)).toBe("restore");
  expect(wayBack(HEARD, DUPLICATE)).toBe("restore");
  // Heard is heard; a customer who is content, or waits no more, is not asked again.
  expect(wayBack(RECEIVED, HEARD)).toBeUndefined();
  expect(wayBack(ANSWERED, CLOSED)).toBeUndefined();
  expect(wayBack(ANSWERED, ANSWERED)).toBeUndefined();
  // That it needs no reply leaves it where it stood.
  expect(wayBack(ACCEPTED, ACCEPTED)).toBeUndefined();
  expect(wayBack(NOT_YET, NOT_YET)).toBeUndefined();
});

test("of a decision on several that was sent twice, what was skipped is not taken back", () => {
  const { RECEIVED, HEARD, ACCEPTED, NOT_YET } = Ticket_State;
  const before = [RECEIVED, NOT_YET, HEARD, RECEIVED].map((state, index) => create(TicketSchema, { name: `tickets/t${index}`, state }));
  const result = (index: number, state: Ticket_State, more = {}) => create(TicketResultSchema, { name: `tickets/t${index}`, state, ...more });
  // One was declined before, one was accepted by somebody else, and one was refused.
  const declined = [result(0, NOT_YET), result(1, NOT_YET), result(2, ACCEPTED), result(3, NOT_YET, { skipReason: "WRONG_STATE" })];
  expect(broughtTo(NOT_YET, before, declined)).toEqual(["tickets/t0"]);
  // One was accepted into another change meanwhile.
  const accepted = [result(0, ACCEPTED, { change: "changes/c1" }), result(2, ACCEPTED, { change: "changes/c2" })];
  expect(broughtTo(ACCEPTED, before, accepted, "changes/c1")).toEqual(["tickets/t0"]);
  expect(broughtTo(ACCEPTED, before, accepted)).toEqual(["tickets/t0", "tickets/t2"]);
});

test("why a customer came back follows from the answer", () => {
  const cause = (state: Ticket_State, disposition = Ticket_Disposition.DISPOSITION_UNSPECIFIED) => causeOf(create(TicketSchema, { state, disposition }));
  expect(cause(Ticket_State.NOT_YET)).toBe(ReopenTicketRequest_Cause.APPEAL);
  expect(cause(Ticket_State.ANSWERED, Ticket_Disposition.CHANGED)).toBe(ReopenTicketRequest_Cause.NOT_FIXED);
  expect(cause(Ticket_State.ANSWERED, Ticket_Disposition.THANKED)).toBe(ReopenTicketRequest_Cause.NOT_SATISFIED);
});

test("the view stands in the address", () => {
  expect(viewOf("?view=accepted")).toBe("accepted");
  expect(viewOf("?view=nonsense")).toBe("open");
  expect(pathOf("t1", "open")).toBe("/inbox/t1");
  expect(pathOf("", "notYet")).toBe("/inbox?view=notYet");
});

test("a change goes its usual way, and nowhere from its end", () => {
  const change = (state: Change_State) => create(ChangeSchema, { state });
  expect(nextOf(change(Change_State.PROPOSED))).toBe("plan");
  expect(nextOf(change(Change_State.PLANNED))).toBe("start");
  expect(nextOf(change(Change_State.IN_PROGRESS))).toBe("ship");
  expect(nextOf(change(Change_State.SHIPPED))).toBeUndefined();
  expect(mayGo(change(Change_State.IN_PROGRESS), "plan")).toBe(true);
  expect(mayGo(change(Change_State.DROPPED), "ship")).toBe(false);
  expect(mayGo(change(Change_State.MERGED), "drop")).toBe(false);
});

test("who waits are the demands that were not answered", () => {
  expect(waitingOf(create(ChangeSchema, { evidence: { demands: 31n, answered: 29n } }))).toBe(2n);
  expect(waitingOf(create(ChangeSchema, {}))).toBe(0n);
});

test("what is due is late once its time has passed, and due today until then", () => {
  const now = new Date("2026-11-29T10:00:00Z").getTime();
  const of = (hours: number) => dueOf(create(TicketSchema, { dueTime: timestampFromDate(new Date(now + hours * 3_600_000)) }), now);
  expect(of(-1)).toBe("over");
  expect(of(0.5)).toBe("today");
  expect(of(72)).toBeUndefined();
  expect(dueOf(create(TicketSchema, {}), now)).toBeUndefined();
  // The day of the clock that is looked at, and not the next 24 hours.
  const noon = new Date(2026, 10, 30, 12);
  expect(dueBy(endOf("2026-11-30"), noon)).toBe("today");
  expect(dueBy(new Date(2026, 11, 1, 9), noon)).toBeUndefined();
  expect(dueBy(endOf("2026-11-29"), noon)).toBe("over");
});
