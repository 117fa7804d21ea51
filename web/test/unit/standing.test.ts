import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";

import { ChangeSchema, EffectVerdict } from "@protos/dangol/backlog/v1/change_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { StateCountSchema } from "@protos/dangol/tickets/v1/ticket_query_pb";
import { layOut, mostStoppedAt, standingsOf } from "../../src/pages/loop/standing";

const COUNTS: [Ticket_State, number][] = [
  [Ticket_State.RECEIVED, 14],
  [Ticket_State.HEARD, 37],
  [Ticket_State.ACCEPTED, 50],
  [Ticket_State.NOT_YET, 38],
  [Ticket_State.ANSWERED, 200],
  [Ticket_State.CLOSED, 73],
  [Ticket_State.DUPLICATE, 4],
  [Ticket_State.SPAM, 1],
];
const counts = COUNTS.map(([state, tickets]) => create(StateCountSchema, { state, tickets: BigInt(tickets) }));
const change = (name: string, answered: number, effectVerdict: EffectVerdict) => create(ChangeSchema, { name, title: name, effectVerdict, evidence: { answered: BigInt(answered) } });
const changes = [change("a", 74, EffectVerdict.IMPROVED), change("b", 27, EffectVerdict.TOO_EARLY), change("c", 15, EffectVerdict.NO_DETECTABLE_EFFECT), change("d", 5, EffectVerdict.WORSENED), change("e", 0, EffectVerdict.IMPROVED)];
const nodes = standingsOf(counts, changes);
const countOf = (place: string) => nodes.find((node) => node.place === place)?.count ?? 0;

test("each complaint stands in one place: what comes to a node leaves it or stays", () => {
  expect(countOf("received")).toBe(417);
  for (const from of ["received", "read", "accepted", "changed"]) {
    const leaves = nodes.filter((node) => node.from === from).reduce((sum, node) => sum + node.count, 0);
    expect(leaves, from).toBe(countOf(from));
  }
  expect([countOf("unread"), countOf("aside"), countOf("undecided"), countOf("notYet")]).toEqual([14, 5, 37, 38]);
});

test("what a shipped change answered is told from what was answered without one, and parted by what the change did", () => {
  expect([countOf("changed"), countOf("ended"), countOf("working")]).toEqual([121, 152, 50]);
  expect([countOf("better"), countOf("unknown"), countOf("same"), countOf("worse")]).toEqual([74, 27, 15, 5]);
  expect(nodes.find((node) => node.place === "better")!.parts).toEqual([{ change: "a", title: "a", count: 74 }]);
});

test("where most have stopped is no place on the path, nor what was put aside", () => {
  expect(mostStoppedAt(nodes)!.place).toBe("ended");
  expect(mostStoppedAt(standingsOf([create(StateCountSchema, { state: Ticket_State.SPAM, tickets: 9n })], []))).toBeUndefined();
});

test("places where nothing is are not shown, and with no complaint there are none", () => {
  expect(standingsOf(counts.slice(0, 2), []).map((node) => node.place)).toEqual(["received", "read", "unread", "undecided"]);
  expect(standingsOf([], [])).toEqual([]);
});

test("nodes of a column never cover each other, and ribbons leave the node that they come from", () => {
  const boxes = layOut(nodes, 1080, 256, 128);
  for (const one of boxes) {
    const next = boxes.find((other) => other !== one && other.x === one.x && other.y >= one.y && boxes.indexOf(other) > boxes.indexOf(one));
    if (next) expect(next.y).toBeGreaterThanOrEqual(one.y + Math.max(one.height, 22));
    const from = boxes.find((box) => box.node.place === one.node.from);
    if (from) {
      expect(one.fromY).toBeGreaterThanOrEqual(from.y);
      expect(one.fromY + (one.node.count * from.height) / from.node.count).toBeLessThanOrEqual(from.y + from.height + 1e-6);
    }
  }
});
