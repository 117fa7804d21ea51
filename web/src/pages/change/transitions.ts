// Which way a change can go, as the backlog's rules have it.
import { timestampMs } from "@bufbuild/protobuf/wkt";

import { Change_Kind, Change_State, type Change, type Shipment } from "@protos/dangol/backlog/v1/change_pb";
import { may, mayAt } from "../../base/session";

export type Transition = "plan" | "start" | "ship" | "drop";

const FROM: Record<Transition, Change_State[]> = {
  plan: [Change_State.PROPOSED, Change_State.IN_PROGRESS, Change_State.REGRESSED],
  start: [Change_State.PROPOSED, Change_State.PLANNED, Change_State.REGRESSED],
  ship: [Change_State.PROPOSED, Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.REGRESSED],
  drop: [Change_State.PROPOSED, Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.REGRESSED],
};

export function mayGo(change: Change, transition: Transition): boolean {
  return FROM[transition].includes(change.state);
}

export const KINDS = [Change_Kind.PRODUCT, Change_Kind.SERVICE, Change_Kind.PROCESS, Change_Kind.POLICY];

const isProduct = (kind: Change_Kind) => kind === Change_Kind.PRODUCT || kind === Change_Kind.POLICY;

// Product and policy are shipped by those who build them, service and process by those who answer for them.
export function mayShip(kind: Change_Kind, stage: string): boolean {
  return isProduct(kind) ? may("changes.ship_product") : mayAt("changes.ship_service", stage);
}

// What is sold and promised is called something else by those alone who may ship it.
export function mayBecome(before: Change_Kind, after: Change_Kind): boolean {
  return !isProduct(before) || isProduct(after) || may("changes.ship_product");
}

// What this person may do; what has no kind yet gets one that may be shipped.
export function isOffered({ kind, stage }: Change, transition: Transition): boolean {
  if (transition !== "ship") return may("changes.decide");
  return (kind ? [kind] : KINDS).some((one) => mayShip(one, stage));
}

// What leads to a column of the board.
export const INTO: Partial<Record<Change_State, Transition>> = {
  [Change_State.PLANNED]: "plan",
  [Change_State.IN_PROGRESS]: "start",
  [Change_State.SHIPPED]: "ship",
  [Change_State.DROPPED]: "drop",
};

// What comes next in the usual order.
export function nextOf(change: Change): Transition | undefined {
  const next: Partial<Record<Change_State, Transition>> = {
    [Change_State.PROPOSED]: "plan",
    [Change_State.PLANNED]: "start",
    [Change_State.IN_PROGRESS]: "ship",
    [Change_State.REGRESSED]: "start",
  };
  return next[change.state];
}

// Whether it is asked if we can keep it.
export function isKeepDue({ keepDueTime }: Change, now: Date): boolean {
  return keepDueTime !== undefined && timestampMs(keepDueTime) <= now.getTime();
}

export type Afterthought = "conclude" | "keep" | "revert" | "reconsider";

export function afterthoughtsOf(change: Change, now: Date): Afterthought[] {
  if (!may("changes.decide")) return [];
  const keep: Afterthought[] = isKeepDue(change, now) ? ["keep"] : [];
  switch (change.state) {
    case Change_State.SHIPPED:
      return ["conclude", ...keep, "revert"];
    case Change_State.VERIFIED:
      return [...keep, "revert"];
    case Change_State.DROPPED:
      return ["reconsider"];
    default:
      return [];
  }
}

// Into another one, while nobody was promised anything by it.
export function mayMerge({ state, shipments }: Change): boolean {
  return may("changes.decide") && !shipments.length && [Change_State.PROPOSED, Change_State.PLANNED, Change_State.IN_PROGRESS].includes(state);
}

// The question about what shipped that waits for an answer.
export function questionOf(change: Change, now: Date): "conclude" | "keep" | undefined {
  if (change.concludeDueTime) return "conclude";
  return isKeepDue(change, now) ? "keep" : undefined;
}

export function newestShipment(change: Change): Shipment | undefined {
  return change.shipments[change.shipments.length - 1];
}

// People, each once; of nobody known each complaint is one.
export function peopleOf(change: Change): number {
  return Number((change.evidence?.customers ?? 0n) + (change.evidence?.anonymous ?? 0n));
}

export function waitingOf(change: Change): bigint {
  const { demands = 0n, answered = 0n } = change.evidence ?? {};
  return demands > answered ? demands - answered : 0n;
}
