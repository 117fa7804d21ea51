// What is told of the strategies of some months.
import { SystemKpi } from "@protos/dangol/metrics/v1/kpi_pb";
import type { StrategyMonth } from "@protos/dangol/metrics/v1/strategy_pb";

export type Generation = 1 | 2 | 3;
export const GENERATIONS: Generation[] = [1, 2, 3];

// As GetStrategyMix weighs them.
export const GENERATION_OF: Partial<Record<SystemKpi, Generation>> = {
  [SystemKpi.MAKE_US_KNOWN]: 1,
  [SystemKpi.KNOW_THEM]: 1,
  [SystemKpi.MAKE_THEM_TRUST_US]: 2,
  [SystemKpi.TRUST_THEM]: 2,
  [SystemKpi.BIND_THEM_TO_US]: 3,
  [SystemKpi.BECOME_ONE]: 3,
};

// How much of a month was work of a generation.
export function shareOf(month: Pick<StrategyMonth, "strategies">, generation: Generation): number {
  return month.strategies.filter(({ strategy }) => GENERATION_OF[strategy] === generation).reduce((sum, { share }) => sum + share, 0);
}

// The newest month that is over, else the one that runs; and the first in which anything was counted.
export function toldOf(months: StrategyMonth[]): { shown: StrategyMonth; first: StrategyMonth } | { shown: undefined; first: undefined } {
  const known = months.filter((month) => month.generation !== undefined);
  const shown = known.filter((month) => !month.soFar).slice(-1)[0] ?? known.slice(-1)[0];
  return shown ? { shown, first: known[0]! } : { shown: undefined, first: undefined };
}

export function mixRows(months: StrategyMonth[], head: string[]): string[][] {
  return [head, ...months.map((month) => [month.firstDay, ...month.strategies.map(({ count }) => String(count)), month.generation === undefined ? "" : month.generation.toFixed(2)])];
}
