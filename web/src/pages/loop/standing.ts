// Where all complaints stand now, as a flow: each is in one place, so what comes to a node leaves it or stays there.
import type { Change } from "@protos/dangol/backlog/v1/change_pb";
import { EffectVerdict } from "@protos/dangol/backlog/v1/change_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import type { StateCount } from "@protos/dangol/tickets/v1/ticket_query_pb";

export type Place =
  | "received"
  | "unread"
  | "aside"
  | "read"
  | "accepted"
  | "ended"
  | "notYet"
  | "undecided"
  | "changed"
  | "working"
  | "better"
  | "unknown"
  | "same"
  | "worse";

// What a count is made of: complaints in a state, or those that a change has answered.
export type Part = { state: Ticket_State; count: number } | { change: string; title: string; count: number };

export interface Node {
  place: Place;
  // How far it is on the path.
  column: number;
  // It is not where a complaint is to end.
  aside: boolean;
  from: Place | undefined;
  count: number;
  parts: Part[];
}

const SET_ASIDE = [Ticket_State.DUPLICATE, Ticket_State.SPAM];

const PLACE_OF: Record<EffectVerdict, Place> = {
  [EffectVerdict.IMPROVED]: "better",
  [EffectVerdict.WORSENED]: "worse",
  [EffectVerdict.NO_DETECTABLE_EFFECT]: "same",
  [EffectVerdict.INCONCLUSIVE]: "unknown",
  [EffectVerdict.TOO_EARLY]: "unknown",
  [EffectVerdict.EFFECT_VERDICT_UNSPECIFIED]: "unknown",
};

const sumOf = (parts: Part[]) => parts.reduce((sum, part) => sum + part.count, 0);

// From above to below in each column, and without those where nothing is.
export function standingsOf(counts: StateCount[], changes: Change[]): Node[] {
  const inState = (...states: Ticket_State[]): Part[] => states.map((state) => ({ state, count: Number(counts.find((one) => one.state === state)?.tickets ?? 0n) }));
  const answered = changes.flatMap(({ name, title, effectVerdict, evidence }) => {
    const count = Number(evidence?.answered ?? 0n);
    return count ? [{ change: name, title, count, place: PLACE_OF[effectVerdict] ?? "unknown" }] : [];
  });
  const changed: Part[] = answered.map(({ change, title, count }) => ({ change, title, count }));
  const withVerdict = (place: Place): Part[] => answered.filter((one) => one.place === place).map(({ change, title, count }) => ({ change, title, count }));
  const all = counts.map(({ state, tickets }): Part => ({ state, count: Number(tickets) }));
  const unread = inState(Ticket_State.RECEIVED);
  const aside = inState(...SET_ASIDE);
  const read = all.filter((part) => "state" in part && part.state !== Ticket_State.RECEIVED && !SET_ASIDE.includes(part.state));
  const working = inState(Ticket_State.ACCEPTED);
  // Answered or closed, and by no change.
  const ended = inState(Ticket_State.ANSWERED, Ticket_State.CLOSED);
  const endedCount = Math.max(0, sumOf(ended) - sumOf(changed));

  const node = (place: Place, column: number, from: Place | undefined, parts: Part[], isAside = false, count = sumOf(parts)): Node => ({ place, column, from, parts, aside: isAside, count });
  return [
    node("received", 0, undefined, all),
    node("read", 1, "received", read),
    node("unread", 1, "received", unread, true),
    node("aside", 1, "received", aside, true),
    node("accepted", 2, "read", [...working, ...changed]),
    node("ended", 2, "read", ended, true, endedCount),
    node("notYet", 2, "read", inState(Ticket_State.NOT_YET), true),
    node("undecided", 2, "read", inState(Ticket_State.HEARD), true),
    node("changed", 3, "accepted", changed),
    node("working", 3, "accepted", working, true),
    node("better", 4, "changed", withVerdict("better")),
    node("unknown", 4, "changed", withVerdict("unknown"), true),
    node("same", 4, "changed", withVerdict("same"), true),
    node("worse", 4, "changed", withVerdict("worse"), true),
  ].filter(({ count }) => count > 0);
}

// Where most of them have stopped short of a change.
export function mostStoppedAt(nodes: Node[]): Node | undefined {
  const stops: Place[] = ["unread", "ended", "notYet", "undecided", "working"];
  return nodes.filter(({ place }) => stops.includes(place)).sort((one, other) => other.count - one.count)[0];
}

export interface Box {
  node: Node;
  x: number;
  y: number;
  height: number;
  // Where its ribbon begins at the node that it comes from.
  fromY: number;
}

const NODE_MIN = 2;
const LABEL = 22;
const GAP = 14;
export const NODE_WIDTH = 10;

// Places of the nodes: the first column is as high as the picture, and each label has room.
export function layOut(nodes: Node[], width: number, height: number, labels: number): Box[] {
  const most = Math.max(...nodes.filter(({ column }) => !column).map(({ count }) => count), 1);
  const scale = height / most;
  const columns = Math.max(...nodes.map(({ column }) => column), 1);
  const step = (width - labels - NODE_WIDTH) / columns;
  const below = new Map<number, number>();
  const used = new Map<Place, number>();
  const boxes: Box[] = [];
  for (const node of nodes) {
    const tall = Math.max(node.count * scale, NODE_MIN);
    const source = boxes.find((box) => box.node.place === node.from);
    const fromY = (source?.y ?? 0) + (used.get(node.from ?? node.place) ?? 0);
    if (node.from) used.set(node.from, (used.get(node.from) ?? 0) + node.count * scale);
    const y = below.get(node.column) ?? 0;
    below.set(node.column, y + Math.max(tall, LABEL) + GAP);
    boxes.push({ node, x: node.column * step, y, height: tall, fromY });
  }
  return boxes;
}
