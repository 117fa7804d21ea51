import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";

import { ChangeSchema } from "@protos/dangol/backlog/v1/change_pb";
import { EngineRevisionSchema } from "@protos/dangol/metrics/v1/engine_pb";
import { KpiSchema, MissingEntrySchema } from "@protos/dangol/metrics/v1/kpi_pb";
import { Member_Role, MemberSchema } from "@protos/dangol/metrics/v1/member_pb";
import { RemarkSchema } from "@protos/dangol/metrics/v1/report_pb";
import { TicketSchema } from "@protos/dangol/tickets/v1/ticket_pb";
import { byWaiting, dueStages, mentions, remarksTo, toAnswer, toDecide, waitsForAgreement } from "../../src/pages/today/due";

const at = (text: string) => timestampFromDate(new Date(text));

test("what is due comes first, then who waits longest, then what nobody waits for", () => {
  const ticket = (name: string, receiveTime: string, waitingSinceTime?: string) =>
    create(TicketSchema, { name, receiveTime: at(receiveTime), ...(waitingSinceTime && { waitingSinceTime: at(waitingSinceTime) }) });
  const sorted = byWaiting([
    ticket("old", "2026-11-01T00:00:00Z"),
    ticket("waits", "2026-11-20T00:00:00Z", "2026-11-26T00:00:00Z"),
    ticket("waits-longer", "2026-11-27T00:00:00Z", "2026-11-25T00:00:00Z"),
    create(TicketSchema, { name: "due", receiveTime: at("2026-11-28T00:00:00Z"), dueTime: at("2026-11-30T00:00:00Z") }),
  ]);
  expect(sorted.map((one) => one.name)).toEqual(["due", "waits-longer", "waits", "old"]);
});

test("numbers to enter are a line for each stage, and late once one of them is", () => {
  const kpis = [
    create(KpiSchema, { name: "engines/a/kpis/k1", stage: "engines/a/stages/s1" }),
    create(KpiSchema, { name: "engines/a/kpis/k2", stage: "engines/a/stages/s1" }),
    create(KpiSchema, { name: "engines/a/kpis/k3", stage: "" }),
    create(KpiSchema, { name: "engines/b/kpis/k1", stage: "" }),
  ];
  const entry = (kpi: string, day: string, due: string) => create(MissingEntrySchema, { kpi, day, dueTime: at(due) });
  const lines = dueStages(
    [
      entry("engines/a/kpis/k3", "2026-11-28", "2026-11-30T00:00:00Z"),
      entry("engines/a/kpis/k1", "2026-11-28", "2026-11-30T00:00:00Z"),
      entry("engines/a/kpis/k2", "2026-11-26", "2026-11-27T00:00:00Z"),
      entry("engines/a/kpis/gone", "2026-11-20", "2026-11-27T00:00:00Z"),
      entry("engines/b/kpis/k1", "2026-11-29", "2026-11-30T00:00:00Z"),
    ],
    kpis,
    new Date("2026-11-29T00:00:00Z"),
  );
  expect(lines).toEqual([
    { engine: "engines/a", stage: "engines/a/stages/s1", entries: 2, oldestDay: "2026-11-26", late: true },
    { engine: "engines/a", stage: "", entries: 1, oldestDay: "2026-11-28", late: false },
    { engine: "engines/b", stage: "", entries: 1, oldestDay: "2026-11-29", late: false },
  ]);
});

test("what others carry is not mine to decide", () => {
  const change = (name: string, owner: string) => create(ChangeSchema, { name, owner });
  const mine = toDecide([change("a", ""), change("b", "members/minjae"), change("c", "members/yuna")], "members/minjae");
  expect(mine.map((one) => one.name)).toEqual(["a", "b"]);
});

test("what nobody carries is for the owner of its stage, and for leads", () => {
  const stages = ["engines/shop/stages/apply"];
  const all = ["", "engines/shop/stages/apply", "engines/shop/stages/decision"].map((stage) => create(ChangeSchema, { name: stage, stage }));
  const owner = create(MemberSchema, { name: "members/han", roles: [Member_Role.OWNER], stages });
  expect(toDecide(all, owner.name, owner).map((one) => one.stage)).toEqual(["", "engines/shop/stages/apply"]);
  expect(toDecide(all, owner.name, create(MemberSchema, { ...owner, roles: [Member_Role.LEAD] }))).toHaveLength(3);
  expect(toDecide(all, owner.name, create(MemberSchema, { name: "members/lim", roles: [Member_Role.DEVELOPER] }))).toHaveLength(3);
});

test("what no check could tell is asked of who carries it, and what shipped long ago of who decided it", () => {
  const now = new Date("2026-11-29T00:00:00Z");
  const change = (name: string, more: object) => create(ChangeSchema, { name, ...more });
  const conclude = [change("own", { owner: "members/han" }), change("others", { owner: "members/lim" })];
  const keep = [
    change("due", { keepDueTime: at("2026-11-28T00:00:00Z"), decision: { decidedBy: "members/han" } }),
    change("later", { keepDueTime: at("2026-12-01T00:00:00Z"), decision: { decidedBy: "members/han" } }),
    change("of-others", { keepDueTime: at("2026-11-28T00:00:00Z"), decision: { decidedBy: "members/lim" } }),
    change("own", { keepDueTime: at("2026-11-28T00:00:00Z"), decision: { decidedBy: "members/han" } }),
  ];
  expect(toAnswer(conclude, keep, "members/han", undefined, now).map((one) => one.name)).toEqual(["own", "due"]);
});

test("a name is called by @ and the whole of it", () => {
  expect(mentions("@minjae 봐 주세요", "members/minjae", "최민재")).toBe(true);
  expect(mentions("@최민재가 봐 주세요", "members/minjae", "최민재")).toBe(true);
  expect(mentions("ask @minjae-kim, then @minjae.", "members/minjae", "")).toBe(true);
  expect(mentions("ask @minjae-kim", "members/minjae", "")).toBe(false);
  expect(mentions("minjae", "members/minjae", "")).toBe(false);
});

test("remarks to me are those of four weeks that call me or reply to me, until I have replied", () => {
  const now = new Date("2026-11-28T09:00:00Z");
  const remark = (name: string, author: string, body: string, replyTo = "", time = "2026-11-01T09:00:00Z") =>
    create(RemarkSchema, { name, author: `members/${author}`, body, replyTo, createTime: at(time) });
  const all = [
    remark("5", "yuna", "고마워요", "2"),
    remark("4", "minjae", "네", "3"),
    remark("3", "yuna", "@minjae 왜 줄었나요?"),
    remark("2", "minjae", "연휴였어요"),
    remark("1", "yuna", "다른 이야기"),
    remark("0", "yuna", "@minjae 지난달은요?", "", "2026-10-31T08:00:00Z"),
  ];
  expect(remarksTo(all, "members/minjae", "", now).map((one) => one.name)).toEqual(["5"]);
  expect(remarksTo(all, "members/yuna", "", now).map((one) => one.name)).toEqual(["4"]);
});

test("the newest revision waits for whoever works here and has not answered", () => {
  const revision = create(EngineRevisionSchema, { acknowledgements: [{ member: "members/yuna" }] });
  expect(waitsForAgreement(revision, create(MemberSchema, { name: "members/minjae" }))).toBe(true);
  expect(waitsForAgreement(revision, create(MemberSchema, { name: "members/yuna" }))).toBe(false);
  expect(waitsForAgreement(revision, undefined)).toBe(false);
  expect(waitsForAgreement(undefined, create(MemberSchema, { name: "members/yuna" }))).toBe(false);
});
