// What is told of the strategies of some months.
import { SystemKpi } from "@protos/dangol/metrics/v1/kpi_pb";
import type { StrategyMonth } from "@protos/dangol/metrics/v1/strategy_pb";

// How the work was done: complaints that were answered and nothing changed, that a changed product answered, the same after a customer had found it mended,
// and what nobody complained of.
export const PARTS = [
  { id: "kept", of: [SystemKpi.MAKE_THEM_TRUST_US] },
  { id: "changed", of: [SystemKpi.TRUST_THEM] },
  { id: "together", of: [SystemKpi.BECOME_ONE] },
  { id: "ours", of: [SystemKpi.MAKE_US_KNOWN, SystemKpi.KNOW_THEM, SystemKpi.BIND_THEM_TO_US] },
] as const;

export function shareOf(month: Pick<StrategyMonth, "strategies">, of: readonly SystemKpi[]): number {
  return month.strategies.filter(({ strategy }) => of.includes(strategy)).reduce((sum, { share }) => sum + share, 0);
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
