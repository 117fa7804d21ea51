import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";

import { KpiSchema, PointSchema, SystemKpi } from "@protos/dangol/metrics/v1/kpi_pb";
import { LoopSchema, StateCountSchema, Step_Kind } from "@protos/dangol/metrics/v1/loop_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { daysUntil } from "../../src/base/days";
import { flowOf, totalOf } from "../../src/pages/loop/flow";
import { loopKpis, together } from "../../src/pages/loop/times";
import { pathOf, standingOf, tookMs } from "../../src/pages/loop/path";
import { linePath, ticksBetween, ticksFor } from "../../src/parts/chart";

const HOUR = 3_600_000;
const at = (hours: number) => timestampFromMs(hours * HOUR);

test("a complaint that nobody read waits for that, and what comes later is not owed yet", () => {
  const path = pathOf(create(LoopSchema, { state: Ticket_State.RECEIVED, receiveTime: at(1) }));
  expect(path.map((node) => node.name)).toEqual(["received", "heard", "accepted", "shipped", "answered"]);
  expect(path.filter((node) => node.owed).map((node) => node.name)).toEqual(["heard"]);
  expect(path[0]!.atMs).toBe(HOUR);
});

test("an accepted one goes by the last shipment of its change to its answer", () => {
  const path = pathOf(
    create(LoopSchema, {
      state: Ticket_State.ANSWERED,
      change: "changes/c1",
      receiveTime: at(1),
      hearTime: at(2),
      decideTime: at(3),
      answerTime: at(30),
      steps: [
        { kind: Step_Kind.ACCEPTED, time: at(4) },
        { kind: Step_Kind.CHANGE_SHIPPED, time: at(20) },
        { kind: Step_Kind.CHANGE_SHIPPED, time: at(29) },
      ],
    }),
  );
  expect(path.map((node) => node.atMs! / HOUR)).toEqual([1, 2, 4, 29, 30]);
  expect(path.some((node) => node.owed)).toBe(false);
  expect(tookMs(path)).toBe(29 * HOUR);
});

test("one that was declined ends with that decision", () => {
  const path = pathOf(create(LoopSchema, { state: Ticket_State.NOT_YET, receiveTime: at(1), hearTime: at(2), decideTime: at(3) }));
  expect(path.map((node) => node.name)).toEqual(["received", "heard", "decided"]);
});

test("history that was closed elsewhere owes nothing", () => {
  const path = pathOf(create(LoopSchema, { state: Ticket_State.CLOSED, receiveTime: at(1) }));
  expect(path.some((node) => node.owed)).toBe(false);
});

test("days end today, in UTC", () => {
  expect(daysUntil("2026-03-01", 3)).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
});

test("counts are added by state and by day, and days outside are left out", () => {
  const count = (day: string, state: Ticket_State, entered: number) => create(StateCountSchema, { day, state, entered: BigInt(entered) });
  const flow = flowOf(
    [
      count("2026-02-01", Ticket_State.RECEIVED, 100),
      count("2026-02-28", Ticket_State.RECEIVED, 2),
      count("2026-03-01", Ticket_State.RECEIVED, 3),
      count("2026-03-01", Ticket_State.ANSWERED, 1),
    ],
    ["2026-02-28", "2026-03-01"],
  );
  expect(flow.get(Ticket_State.RECEIVED)).toEqual([2, 3]);
  expect(flow.get(Ticket_State.ANSWERED)).toEqual([0, 1]);
  expect(totalOf(flow, Ticket_State.RECEIVED)).toBe(5);
  expect(totalOf(flow, Ticket_State.NOT_YET)).toBe(0);
});

test("days come together by their parts, and what is known of none is not", () => {
  const day = (firstDay: string, numerator?: number, denominator?: number) => create(PointSchema, { firstDay, lastDay: firstDay, ...(numerator !== undefined && { numerator, denominator: denominator! }) });
  const point = together([day("2026-11-01", 10, 1), day("2026-11-02"), day("2026-11-03", 90, 4)])!;
  expect([point.value, point.numerator, point.denominator, point.firstDay, point.lastDay]).toEqual([20, 100, 5, "2026-11-01", "2026-11-03"]);
  expect(together([day("2026-11-01")])).toBeUndefined();
});

test("the numbers of the loop are those of the whole engine, in their order", () => {
  const kpi = (name: string, system: SystemKpi, stage = "") => create(KpiSchema, { name, system, stage });
  const all = [kpi("closed", SystemKpi.CLOSED_LOOP_RATE), kpi("loop-of-stage", SystemKpi.LOOP_TIME, "engines/a/stages/s"), kpi("loop", SystemKpi.LOOP_TIME), kpi("orders", SystemKpi.SYSTEM_KPI_UNSPECIFIED)];
  expect(loopKpis(all).map(({ name }) => name)).toEqual(["loop", "closed"]);
});

test.each([
  [0, [0, 1]],
  [3, [0, 1, 2, 3]],
  [9, [0, 5, 10]],
  [110, [0, 50, 100, 150]],
])("an axis up to %d has round ticks", (most, ticks) => {
  expect(ticksFor(most)).toEqual(ticks);
});

test("an axis that does not begin at 0 has round ticks within it", () => {
  expect(ticksBetween(58, 221)).toEqual([100, 150, 200]);
  expect(ticksBetween(0, 221)).toEqual([0, 100, 200]);
  expect(ticksBetween(0.213, 0.356).map((tick) => tick.toFixed(2))).toEqual(["0.25", "0.30", "0.35"]);
  expect(ticksBetween(7, 7)).toEqual([7]);
});

test("a line is broken where a day is not known", () => {
  const same = (value: number) => value;
  expect(linePath([1, 2, undefined, 4, undefined, undefined, 7, 8], same, same)).toBe("M0.0 1.0L1.0 2.0M3.0 4.0M6.0 7.0L7.0 8.0");
  expect(linePath([undefined, 2, 3], same, same)).toBe("M1.0 2.0L2.0 3.0");
});

test("what was answered and then closed was answered; only what was never decided here is history", () => {
  const of = (state: Ticket_State, more = {}) => create(LoopSchema, { state, receiveTime: at(1), ...more });
  expect(standingOf(of(Ticket_State.CLOSED, { change: "changes/c", decideTime: at(2), answerTime: at(3) }))).toBe("done");
  expect(standingOf(of(Ticket_State.CLOSED, { decideTime: at(2) }))).toBe("answered");
  expect(standingOf(of(Ticket_State.CLOSED))).toBe("closed");
  expect(standingOf(of(Ticket_State.SPAM))).toBe("aside");
  expect(standingOf(of(Ticket_State.HEARD))).toBe("waiting");
  expect(pathOf(of(Ticket_State.CLOSED, { hearTime: at(2), decideTime: at(2) })).map((node) => node.name)).toEqual(["received", "heard", "decided"]);
});
