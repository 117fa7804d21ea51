import { readdirSync, readFileSync } from "node:fs";

import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";

import { Kpi_Better, Kpi_Kind, PointSchema } from "@protos/dangol/metrics/v1/kpi_pb";
import { addDays, addMonths, addPeriods, dayIn, daysBetween } from "../../src/base/days";
import { textIn } from "../../src/base/names";
import { formatCount, formatDecimal } from "../../src/format/number";
import { lateOf, withPending } from "../../src/pages/engine/data";
import { formatWithUnit, overTarget, readNumber, standingOf } from "../../src/pages/engine/values";
import { judgedOf, limitsOf, signalsOf } from "../../src/pages/stage/xmr";
import { nameOfCaller } from "../../src/parts/members";
import { en as firstEn } from "../../src/words/en";
import { enPages } from "../../src/words/en_pages";
import { ko as firstKo } from "../../src/words/ko";
import { koPages } from "../../src/words/ko_pages";
import type { Formats } from "../../src/words/words";

const en = { ...firstEn, ...enPages };
const ko = { ...firstKo, ...koPages };

test("a day is a day of the zone", () => {
  const at = new Date("2026-11-28T15:30:00Z");
  expect(dayIn("Asia/Seoul", at)).toBe("2026-11-29");
  expect(dayIn("America/New_York", at)).toBe("2026-11-28");
});

test("days go over the ends of months and years", () => {
  expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
  expect(addDays("2027-01-01", -1)).toBe("2026-12-31");
  expect(addMonths("2026-01-31", 1)).toBe("2026-02-01");
  expect(addPeriods("2026-11-28", "week", -1)).toBe("2026-11-21");
  expect(daysBetween("2026-11-29", "2026-12-01")).toEqual(["2026-11-29", "2026-11-30", "2026-12-01"]);
});

test.each([
  ["13", 13],
  ["1,204", 1204],
  ["-1,204,567.25", -1204567.25],
  ["12 500", 12500],
  // A decimal comma, or what is left of two numbers.
  ["3,2", undefined],
  ["0,5", undefined],
  ["1,2,3", undefined],
  ["12 5", undefined],
  ["1234,567", undefined],
  ["１２", 12],
  [" 3.5 ", 3.5],
  ["−4", -4],
  ["0", 0],
  ["", undefined],
  ["3.14159", undefined],
  ["12a", undefined],
  ["1e5", undefined],
  ["9999999999999", undefined],
])("%j is read as %s", (typed, value) => {
  expect(readNumber(typed)).toBe(value);
});

test("a target is reached from the side that is better", () => {
  const higher = { better: Kpi_Better.HIGHER, kind: Kpi_Kind.COUNT };
  const lower = { better: Kpi_Better.LOWER, kind: Kpi_Kind.COUNT };
  const ended = { soFar: false };
  expect(standingOf(higher, { ...ended, value: undefined, target: 14 } as never)).toBe("waiting");
  expect(standingOf(higher, { ...ended, value: 14, target: undefined } as never)).toBe("unknown");
  expect(standingOf(higher, { ...ended, value: 14, target: 14 })).toBe("good");
  expect(standingOf(higher, { ...ended, value: 13, target: 14 })).toBe("bad");
  expect(standingOf(lower, { ...ended, value: 2, target: 3 })).toBe("good");
  expect(standingOf(lower, { ...ended, value: 4, target: 3 })).toBe("bad");
  expect(standingOf({ ...higher, better: Kpi_Better.BETTER_UNSPECIFIED }, { ...ended, value: 4, target: 3 })).toBe("even");
  expect(standingOf(higher, undefined)).toBe("unknown");
  expect(overTarget({ value: 82, target: 100 })).toBeCloseTo(-0.18);
});

test("a sum of a period that goes on is judged only where nothing can change it", () => {
  const higher = { better: Kpi_Better.HIGHER, kind: Kpi_Kind.SUM };
  const lower = { better: Kpi_Better.LOWER, kind: Kpi_Kind.COUNT };
  expect(standingOf(higher, { soFar: true, value: 3, target: 14 })).toBe("running");
  expect(standingOf(higher, { soFar: true, value: 15, target: 14 })).toBe("good");
  expect(standingOf(lower, { soFar: true, value: 1, target: 3 })).toBe("running");
  // A day that nobody has entered may make up for it.
  expect(standingOf(higher, { soFar: false, missing: 1, value: 3, target: 14 })).toBe("running");
  expect(standingOf(higher, { soFar: false, missing: 0, value: 3, target: 14 })).toBe("bad");
  expect(standingOf(lower, { soFar: true, value: 4, target: 3 })).toBe("bad");
  expect(standingOf({ ...higher, kind: Kpi_Kind.RATIO }, { soFar: true, value: 0.3, target: 0.5 })).toBe("bad");
});

test("a period that has ended lacks the days that are still to be entered", () => {
  const point = (firstDay: string, lastDay: string, missing = 0) => create(PointSchema, { firstDay, lastDay, missing });
  const points = new Map([["k", [point("2026-11-16", "2026-11-22"), point("2026-11-23", "2026-11-29", 2)]], ["other", [point("2026-11-23", "2026-11-29")]]]);
  const pending = ["2026-11-22", "2026-11-27", "2026-12-01"].map((day) => ({ kpi: "k", day }));
  const known = withPending(points, pending);
  expect(known.get("k")!.map(({ missing }) => missing)).toEqual([1, 2]);
  expect(known.get("other")!.map(({ missing }) => missing)).toEqual([0]);
});

test("limits are the mean and 2.66 mean moving ranges around it", () => {
  const limits = limitsOf([10, 12, 10, 12, 10, 12, 10, 12, 10, 12])!;
  expect(limits.mean).toBe(11);
  expect(limits.upper).toBeCloseTo(11 + 2.66 * 2);
  expect(limits.lower).toBeCloseTo(11 - 2.66 * 2);
});

test("with fewer values than a report wants nothing is usual", () => {
  const report = readFileSync(new URL("../../../services/metrics/report/xmr.cc", import.meta.url), "utf8");
  const fewest = Number(/kValuesFewest = (\d+)/.exec(report)![1]);
  const values = [undefined, ...Array.from({ length: fewest }, (_, index) => index)];
  expect(limitsOf(values)).toBeDefined();
  expect(limitsOf(values.slice(0, -1))).toBeUndefined();
});

test("days that are known only so far are neither usual nor unusual", () => {
  const ended = [10, 12, 10, 12, 10, 12, 10, 12].map((value) => ({ value, soFar: false }));
  const points = [...ended, { value: 1, soFar: true }, { soFar: true }];
  expect(judgedOf(points)).toEqual([10, 12, 10, 12, 10, 12, 10, 12, undefined, undefined]);
  const limits = limitsOf(judgedOf(points))!;
  expect(limits).toEqual(limitsOf(ended.map(({ value }) => value)));
  expect(signalsOf(judgedOf(points), limits)).toEqual([]);
});

test("a value outside of the limits is a signal, and so are eight on one side", () => {
  const limits = { mean: 10, upper: 20, lower: 0 };
  expect(signalsOf([10, 21, 9, -1], limits)).toEqual([
    { kind: "outside", first: 1, last: 1, above: true },
    { kind: "outside", first: 3, last: 3, above: false },
  ]);
  const low = [11, 9, 9, undefined, 9, 9, 9, 9, 9, 9, 12];
  expect(signalsOf(low, limits)).toEqual([{ kind: "run", first: 1, last: 9, above: false }]);
  expect(signalsOf(low.slice(0, 8), limits)).toEqual([]);
  expect(signalsOf(low.slice(0, 10), limits)).toHaveLength(1);
});

test("a text is in the language of the page, else in one that is there", () => {
  expect(textIn({ ko: "신청", en: "Sign-up" }, "ko")).toBe("신청");
  expect(textIn({ en: "Sign-up" }, "ko")).toBe("Sign-up");
  expect(textIn({}, "ko")).toBe("");
});

test("a unit in letters stands apart, a Korean one does not, and what is not known has none", () => {
  const kpi = { kind: Kpi_Kind.COUNT, unit: "orders" };
  const f = { count: String } as unknown as Formats;
  expect(formatWithUnit(kpi, 900, en, f)).toBe("900 orders");
  expect(formatWithUnit(kpi, 900, ko, f)).toBe("900건");
  expect(formatWithUnit(kpi, undefined, en, f)).toBe("–");
});

test("a unit that counts in thousands is not shortened once more", () => {
  const ofKorean = { count: (value: number) => formatCount("ko", value), decimal: (value: number, digits: number) => formatDecimal("ko", value, digits) } as unknown as Formats;
  const ofEnglish = { count: (value: number) => formatCount("en", value), decimal: (value: number, digits: number) => formatDecimal("en", value, digits) } as unknown as Formats;
  const sum = (unit: string) => ({ kind: Kpi_Kind.SUM, unit });
  expect(formatWithUnit(sum("천원"), 24_123, ko, ofKorean)).toBe("24,123천원");
  expect(formatWithUnit(sum("백만원"), 1_204_500, ko, ofKorean)).toBe("1,204,500백만원");
  expect(formatWithUnit(sum("KRW"), 24_123_000, ko, ofKorean)).toBe("2,412만원");
  expect(formatWithUnit(sum("thousand GBP"), 1_204_500, en, ofEnglish)).toBe("1,204,500 thousand GBP");
  expect(formatWithUnit(sum("kg"), 2_000_000, en, ofEnglish)).toBe("2.0M kg");
});

test("one thing is called one thing", () => {
  const f = { count: String, decimal: String } as unknown as Formats;
  expect(formatWithUnit({ kind: Kpi_Kind.COUNT, unit: "orders" }, 1, en, f)).toBe("1 order");
  expect(formatWithUnit({ kind: Kpi_Kind.COUNT, unit: "people" }, 1, en, f)).toBe("1 person");
  expect(formatWithUnit({ kind: Kpi_Kind.AVERAGE, unit: "points" }, 1, en, f)).toBe("1 points");
  expect(formatWithUnit({ kind: Kpi_Kind.COUNT, unit: "changes" }, 1, ko, f)).toBe("1건");
});

test("every unit of the blueprints has its word in both languages", () => {
  const folder = new URL("../../../services/metrics/engine/", import.meta.url);
  const texts = readdirSync(folder).filter((name) => name.endsWith(".cc"));
  const units = new Set(texts.flatMap((name) => [...readFileSync(new URL(name, folder), "utf8").matchAll(/\bunit: "([^"]+)"/g)].map(([, unit]) => unit!)));
  expect(units.size).toBeGreaterThan(8);
  for (const unit of units) {
    expect(ko.unit[unit], unit).toMatch(/[가-힣]/);
    expect(en.unit[unit], unit).toBeTruthy();
  }
});

test("who called is told by a name", () => {
  expect(nameOfCaller("members/minjae", ko)).toBe("minjae");
  expect(nameOfCaller("operator", ko)).toBe("운영자");
  expect(nameOfCaller("members/operator", en)).toBe("Operator");
  expect(nameOfCaller("services/backlog", en)).toBe("Backlog service");
  expect(nameOfCaller("tokens/nightly", ko)).toBe("토큰 nightly");
  expect(nameOfCaller("", ko)).toBe("");
});

test("a number is late once it was due, and not before", () => {
  const due = ["2026-11-27T12:00:00Z", "2026-11-30T12:00:00Z", "2026-11-30T12:00:00Z"].map((time) => ({ dueTime: timestampFromDate(new Date(time)) }));
  expect(lateOf(due, new Date("2026-11-30T11:59:00Z"))).toEqual({ late: 1, early: 2 });
  expect(lateOf(due, new Date("2026-11-30T12:00:00Z"))).toEqual({ late: 3, early: 0 });
});
