import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";

import { ChangeSchema, ShipmentSchema } from "@protos/dangol/backlog/v1/change_pb";
import { marksOf } from "../../src/pages/stage/ship_marks";

const at = (text: string) => timestampFromDate(new Date(text));
const DAYS = ["2026-11-01", "2026-11-02", "2026-11-03"];

test("what shipped to everyone is marked on its day in the zone of the engine, the earliest first", () => {
  const late = create(ChangeSchema, { name: "changes/late", title: "late", shipments: [create(ShipmentSchema, { shipTime: at("2026-11-02T15:30:00Z") })] });
  const early = create(ChangeSchema, { name: "changes/early", title: "early", shipments: [create(ShipmentSchema, { shipTime: at("2026-11-01T03:00:00Z") })] });
  expect(marksOf([late, early], DAYS, "Asia/Seoul")).toEqual([
    { change: "changes/early", title: "early", at: 0 },
    { change: "changes/late", title: "late", at: 2 },
  ]);
  expect(marksOf([late], DAYS, "UTC")[0]!.at).toBe(1);
});

test("what shipped on other days, in part, or was taken back, is no mark; what shipped twice has two", () => {
  const shipments = [
    { shipTime: at("2026-10-01T03:00:00Z") },
    { shipTime: at("2026-11-01T03:00:00Z"), partial: true },
    { shipTime: at("2026-11-02T03:00:00Z"), revertTime: at("2026-11-02T04:00:00Z") },
    { shipTime: at("2026-11-02T05:00:00Z") },
    { shipTime: at("2026-11-03T05:00:00Z") },
  ].map((one) => create(ShipmentSchema, one));
  const marks = marksOf([create(ChangeSchema, { name: "changes/a", title: "a", shipments })], DAYS, "UTC");
  expect(marks.map((mark) => mark.at)).toEqual([1, 2]);
});
