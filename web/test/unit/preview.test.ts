import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";

import { Change_State, ChangeSchema, Demand_State, DemandSchema } from "@protos/dangol/backlog/v1/change_pb";
import { notesOf, notesWith } from "../../src/pages/change/notes";
import { candidatesOf, invitedOf, mayAnswer, mayShow, silentOf } from "../../src/pages/change/preview_values";

const demand = (ticket: string, more: object) => create(DemandSchema, { ticket, state: Demand_State.ACTIVE, mayAsk: true, ...more });

test("who waits and agreed to be asked can be invited, who has not seen it first", () => {
  const all = [
    demand("seen", { previewRound: 1 }),
    demand("new", {}),
    demand("never asked", { mayAsk: false }),
    demand("answered", { shipment: "changes/a/shipments/1" }),
    demand("moved", { state: Demand_State.MOVED }),
  ];
  expect(candidatesOf(all).map(({ ticket }) => ticket)).toEqual(["new", "seen"]);
  expect(invitedOf([...all, demand("withdrawn", { state: Demand_State.WITHDRAWN, previewRound: 1 })]).map(({ ticket }) => ticket)).toEqual(["seen"]);
});

test("an answer is noted of whom was shown it and still waits", () => {
  expect(mayAnswer(demand("a", { previewRound: 2 }))).toBe(true);
  expect(mayAnswer(demand("a", {}))).toBe(false);
  expect(mayAnswer(demand("a", { previewRound: 2, shipment: "changes/a/shipments/1" }))).toBe(false);
});

test("a change is shown before it ships, and again once it came back", () => {
  const may = [1, 2, 3, 4, 5, 6, 7, 8].filter((state) => mayShow(create(ChangeSchema, { state })));
  expect(may).toEqual([Change_State.PROPOSED, Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.REGRESSED]);
});

test("the invited who said nothing are the rest", () => {
  expect(silentOf(create(ChangeSchema, { evidence: { invited: 5n, fixed: 2n, notFixed: 1n } }))).toBe(2n);
  expect(silentOf(create(ChangeSchema, {}))).toBe(0n);
});

test("notes are shown in the reader's language first, and those that say nothing are left out", () => {
  const notes = { en: "English", ja: "日本語", ko: "한국어", "en-GB": "British" };
  expect(notesOf(notes, "ko").map(([code]) => code)).toEqual(["ko", "en", "en-GB", "ja"]);
  expect(notesOf(notes, "en").map(([code]) => code)).toEqual(["en", "en-GB", "ja", "ko"]);
  expect(notesWith({ ko: " 말 ", en: "  " })).toEqual({ ko: "말" });
});
