import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";

import { Granularity, Kpi_Kind, KpiSchema } from "@protos/dangol/metrics/v1/kpi_pb";
import { namesOf, readTarget, targetOf, targetsAfter, typedTarget } from "../../src/pages/settings/kpi_form";

const TODAY = "2026-11-29";
const kpi = create(KpiSchema, {
  targets: [
    { granularity: Granularity.WEEK, fromDay: "2026-01-01", value: 800 },
    { granularity: Granularity.WEEK, fromDay: "2026-06-01", value: 900 },
    { granularity: Granularity.WEEK, fromDay: "2027-01-01", value: 1000 },
    { granularity: Granularity.DAY, fromDay: "2026-01-01", value: 150 },
  ],
});
const none = { day: "", week: "", month: "" };

test("the newest target that has begun holds", () => {
  expect(targetOf(kpi, Granularity.WEEK, TODAY)).toBe(900);
  expect(targetOf(kpi, Granularity.MONTH, TODAY)).toBeUndefined();
  expect(targetOf(undefined, Granularity.DAY, TODAY)).toBeUndefined();
});

test("a target that is changed holds from today on, and those before it stay", () => {
  const after = targetsAfter(kpi, Kpi_Kind.COUNT, { day: "150", week: "950", month: "" }, TODAY);
  expect(after.map(({ granularity, fromDay, value }) => [granularity, fromDay, value])).toEqual([
    [Granularity.WEEK, "2026-01-01", 800],
    [Granularity.WEEK, "2026-06-01", 900],
    [Granularity.WEEK, "2027-01-01", 1000],
    [Granularity.DAY, "2026-01-01", 150],
    [Granularity.WEEK, TODAY, 950],
  ]);
  // Of one day there is one: what is changed twice today stands once.
  const twice = targetsAfter({ targets: after }, Kpi_Kind.COUNT, { day: "150", week: "960", month: "" }, TODAY);
  expect(twice.filter(({ fromDay }) => fromDay === TODAY).map(({ value }) => value)).toEqual([960]);
});

test("what is emptied holds no more, and what is the same is left as it was", () => {
  expect(targetsAfter(kpi, Kpi_Kind.COUNT, none, TODAY).map(({ fromDay }) => fromDay)).toEqual(["2027-01-01"]);
  expect(targetsAfter(kpi, Kpi_Kind.COUNT, { day: "150", week: "900", month: "" }, TODAY)).toEqual(kpi.targets);
});

test("a target that begins later stays where none holds today", () => {
  const later = create(KpiSchema, { targets: [{ granularity: Granularity.WEEK, fromDay: "2027-01-01", value: 1000 }] });
  expect(targetsAfter(later, Kpi_Kind.COUNT, none, TODAY)).toEqual(later.targets);
  const after = targetsAfter(later, Kpi_Kind.COUNT, { ...none, week: "900" }, TODAY);
  expect(after.map(({ fromDay, value }) => [fromDay, value])).toEqual([["2027-01-01", 1000], [TODAY, 900]]);
});

test.each([0.007, 0.07 / 10, 0.0029, 0.12345678])("the share %d that was not touched stays as it is", (value) => {
  const share = create(KpiSchema, { targets: [{ granularity: Granularity.WEEK, fromDay: "2026-01-01", value }] });
  const week = typedTarget(Kpi_Kind.RATIO, value);
  expect(targetsAfter(share, Kpi_Kind.RATIO, { ...none, week }, TODAY)).toEqual(share.targets);
  expect(targetsAfter(share, Kpi_Kind.RATIO, { ...none, week: `${week} %` }, TODAY)).toEqual(share.targets);
});

test("a share is typed in per cent", () => {
  expect(readTarget(Kpi_Kind.RATIO, "25%")).toBeCloseTo(0.25);
  expect(readTarget(Kpi_Kind.RATIO, "29.5")).toBe(0.295);
  expect(readTarget(Kpi_Kind.RATIO, "0.7")).toBe(0.007);
  expect(readTarget(Kpi_Kind.COUNT, "1,204")).toBe(1204);
  expect(readTarget(Kpi_Kind.COUNT, "many")).toBeUndefined();
  expect(typedTarget(Kpi_Kind.RATIO, 0.295)).toBe("29.5");
  expect(typedTarget(Kpi_Kind.COUNT, undefined)).toBe("");
});

test("a name that is emptied goes, and other languages stay", () => {
  expect(namesOf({ ko: "주문", de: "Bestellungen" }, "", "Orders ")).toEqual({ de: "Bestellungen", en: "Orders" });
});
