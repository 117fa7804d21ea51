import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";

import { SystemKpi } from "@protos/dangol/metrics/v1/kpi_pb";
import { StrategyMonthSchema } from "@protos/dangol/metrics/v1/strategy_pb";
import { mixRows, PARTS, shareOf, toldOf } from "../../src/pages/engine/mix_values";
import { enPages } from "../../src/words/en_pages";
import { koPages } from "../../src/words/ko_pages";

const ALL = [SystemKpi.MAKE_US_KNOWN, SystemKpi.KNOW_THEM, SystemKpi.MAKE_THEM_TRUST_US, SystemKpi.TRUST_THEM, SystemKpi.BIND_THEM_TO_US, SystemKpi.BECOME_ONE];

// As GetStrategyMix weighs them.
const GENERATIONS = [1, 1, 2, 2, 3, 3];

// A month with so many of each strategy.
function month(firstDay: string, counts: number[], soFar = false) {
  const sum = counts.reduce((all, one) => all + one, 0);
  const strategies = ALL.map((strategy, index) => ({ strategy, count: BigInt(counts[index]!), share: sum ? counts[index]! / sum : 0 }));
  const weighed = counts.reduce((all, count, index) => all + count * GENERATIONS[index]!, 0);
  return create(StrategyMonthSchema, { firstDay, soFar, strategies, ...(sum && { generation: weighed / sum }) });
}

test("the newest month that is over is told, beside the first with anything in it", () => {
  const nothing = month("2026-08-01", [0, 0, 0, 0, 0, 0]);
  const first = month("2026-09-01", [0, 0, 4, 0, 0, 0]);
  const whole = month("2026-10-01", [0, 0, 1, 1, 0, 2]);
  const running = month("2026-11-01", [1, 0, 0, 0, 0, 0], true);
  expect(toldOf([nothing, first, whole, running])).toEqual({ shown: whole, first });
  expect(toldOf([nothing, running])).toEqual({ shown: running, first: running });
  expect(toldOf([nothing])).toEqual({ shown: undefined, first: undefined });
});

test("a month is parted by how the work was done, and nothing is left out", () => {
  const mixed = month("2026-10-01", [1, 0, 2, 3, 1, 1]);
  expect(PARTS.map(({ of }) => shareOf(mixed, of))).toEqual([0.25, 0.375, 0.125, 0.25]);
  expect(PARTS.flatMap(({ of }) => [...of]).sort()).toEqual([...ALL].sort());
  expect(shareOf(month("2026-10-01", [0, 0, 0, 0, 0, 0]), ALL)).toBe(0);
});

test("the rows that are saved have every strategy and the generation", () => {
  const rows = mixRows([month("2026-10-01", [0, 0, 1, 1, 0, 2]), month("2026-11-01", [0, 0, 0, 0, 0, 0])], ["head"]);
  expect(rows).toEqual([["head"], ["2026-10-01", "0", "0", "1", "1", "0", "2", "2.50"], ["2026-11-01", "0", "0", "0", "0", "0", "0", ""]]);
});

test("each strategy has its name and its meaning in both languages", () => {
  for (const { strategy } of [koPages, enPages]) {
    expect(Object.keys(strategy.names)).toEqual(ALL.map(String));
    expect(Object.keys(strategy.means)).toEqual(ALL.map(String));
  }
});
