import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";

import { ContactReasonSchema } from "@protos/dangol/tickets/v1/contact_reason_pb";
import { pathOf, reasonOf } from "../../src/pages/inbox/views";
import { byReason } from "../../src/pages/stage/by_reason";
import { isBelow, pathsAbove, treeOf } from "../../src/pages/settings/reason_tree";

const reason = (path: string, tickets: bigint, openTickets = 0n) => create(ContactReasonSchema, { path, tickets, openTickets });

test("a reason counts what is below it, and one whose parent nobody made stands for itself", () => {
  const nodes = treeOf([reason("a", 1n), reason("a/b", 2n, 1n), reason("a/b/c", 4n, 2n), reason("a-b", 8n), reason("d/e", 16n)]);
  expect(nodes.map(({ reason: { path }, depth, tickets, openTickets, below }) => [path, depth, tickets, openTickets, below])).toEqual([
    ["a", 0, 7n, 3n, 2],
    ["a/b", 1, 6n, 3n, 1],
    ["a/b/c", 2, 4n, 2n, 0],
    ["a-b", 0, 8n, 0n, 0],
    ["d/e", 0, 16n, 0n, 0],
  ]);
});

test("what is above and below a path", () => {
  expect(pathsAbove("a/b/c")).toEqual(["a", "a/b"]);
  expect(pathsAbove("a")).toEqual([]);
  expect(isBelow("a/b", "a")).toBe(true);
  expect(isBelow("a-b", "a")).toBe(false);
  expect(isBelow("a", "a")).toBe(false);
});

test("the address of the inbox holds the view and the reason, and nothing that is none", () => {
  expect(pathOf("", "open")).toBe("/inbox");
  expect(pathOf("t1", "all", "delivery/late")).toBe("/inbox/t1?view=all&reason=delivery/late");
  expect(reasonOf("?view=all&reason=delivery/late")).toBe("delivery/late");
  expect(reasonOf("?reason=<script>")).toBe("");
  expect(reasonOf("")).toBe("");
});

test("complaints are gathered by reason, the most frequent first", () => {
  const of = (contactReason: string, subject: string) => ({ contactReason, subject });
  const groups = byReason([of("a", "1"), of("b", "2"), of("b", "3"), of("", "4")]);
  expect(groups.map(({ reason, tickets }) => [reason, tickets.map(({ subject }) => subject)])).toEqual([
    ["b", ["2", "3"]],
    ["a", ["1"]],
    ["", ["4"]],
  ]);
});
