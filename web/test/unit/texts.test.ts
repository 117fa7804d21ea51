import { expect, test } from "vitest";

import { idOf, isResourceId, requestId, slugOf } from "../../src/base/ids";
import { firstWords, fullReason, initialsOf, lastReason, matches, memberName, noteOf, reasonTyped } from "../../src/base/texts";

test("the first words are the subject, else the beginning of the body in one line", () => {
  expect(firstWords({ subject: "Late again", body: "It came late." })).toBe("Late again");
  expect(firstWords({ subject: "", body: "두 번째예요.\n\n늦었어요." })).toBe("두 번째예요. 늦었어요.");
  expect(firstWords({ subject: "", body: "" })).toBe("");
});

test("who takes over whose work is told by their names", () => {
  const say = (note: string) => noteOf(note, (to, from) => `${to} for ${from}`, (name) => ({ "members/stays": "남는 이", "members/goes": "나가는 이" })[name] ?? name);
  expect(say("members/stays takes over from members/goes")).toBe("남는 이 for 나가는 이");
  expect(say("She takes over from members/goes")).toBe("She takes over from members/goes");
  expect(say("")).toBe("");
});

test("a contact reason is shown in words", () => {
  expect(lastReason("delivery/late-parcel")).toBe("late parcel");
  expect(fullReason("delivery/late-parcel")).toBe("delivery / late parcel");
  expect(lastReason("")).toBe("");
  expect(fullReason("")).toBe("");
});

test("a contact reason is called by its name, level by level, as far as there are names", () => {
  const names = new Map([["delivery", "배송"], ["delivery/late", "늦음"], ["order", ""]]);
  expect(fullReason("delivery/late", names)).toBe("배송 / 늦음");
  expect(fullReason("delivery/late/night", names)).toBe("배송 / 늦음 / night");
  expect(lastReason("order", names)).toBe("order");
});

test("what is typed for a reason is its path or its name, and a new path stays", () => {
  const names = new Map([["delivery", "배송"], ["delivery/late", "늦음"], ["order", ""], ["order/late", "늦음"], ["order/payment", "Payment"]]);
  expect(reasonTyped("delivery/late", names)).toBe("delivery/late");
  expect(reasonTyped("배송/늦음", names)).toBe("delivery/late");
  expect(reasonTyped(" 배송 / 늦음 ", names)).toBe("delivery/late");
  expect(reasonTyped("payment", names)).toBe("payment");
  expect(reasonTyped("PAYMENT", names)).toBe("order/payment");
  expect(reasonTyped("Order / payment", names)).toBe("order/payment");
  // Two have that name.
  expect(reasonTyped("늦음", names)).toBe("늦음");
  expect(reasonTyped("Gift card", names)).toBe("gift-card");
  expect(reasonTyped("  ", names)).toBe("");
});

test("spaces and capitals are no obstacle to a short name, letters of other scripts are", () => {
  expect(slugOf(" Cold Chain / At night ")).toBe("cold-chain/at-night");
  expect(slugOf("밤 배송")).toBe("밤-배송");
});

test("a member is shown without the prefix", () => {
  expect(memberName("members/minjae")).toBe("minjae");
  expect(memberName("이도윤")).toBe("이도윤");
});

test("a label is found by a part of it, by initial consonants, and whatever the spaces", () => {
  expect(initialsOf("인박스로")).toBe("ㅇㅂㅅㄹ");
  expect(matches("인박스로", "ㅇㅂㅅ")).toBe(true);
  expect(matches("단축키 보기", "축키보")).toBe(true);
  expect(matches("Go to the inbox", "INBOX")).toBe(true);
  expect(matches("보드로", "ㅇㅂㅅ")).toBe(false);
  expect(matches("anything", "")).toBe(true);
});

test("an id is what stands behind the last slash", () => {
  expect(idOf("tickets/t1")).toBe("t1");
  expect(isResourceId("min-jae2")).toBe(true);
  expect(isResourceId("민재")).toBe(false);
  expect(isResourceId("")).toBe(false);
});

test("a request id is a UUID of version 7, and never the same", () => {
  const ids = new Set(Array.from({ length: 1_000 }, requestId));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
