// Which way a change can go, as the backlog's rules have it.
import { Change_Kind, Change_State, type Change, type Shipment } from "@protos/dangol/backlog/v1/change_pb";
import { may } from "../../base/session";

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

// What this person may do: product and policy are shipped by those who build them, service and process by those who answer for them.
export function isOffered(change: Change, transition: Transition): boolean {
  if (transition !== "ship") return may("changes.decide");
  const product = may("changes.ship_product");
  const service = may("changes.ship_service");
  switch (change.kind) {
    case Change_Kind.KIND_UNSPECIFIED:
      return product || service;
    case Change_Kind.PRODUCT:
    case Change_Kind.POLICY:
      return product;
    default:
      return service;
  }
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

export type Afterthought = "conclude" | "revert" | "reconsider";

export function afterthoughtsOf(change: Change): Afterthought[] {
  if (!may("changes.decide")) return [];
  switch (change.state) {
    case Change_State.SHIPPED:
      return ["conclude", "revert"];
    case Change_State.VERIFIED:
      return ["revert"];
    case Change_State.DROPPED:
      return ["reconsider"];
    default:
      return [];
  }
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
