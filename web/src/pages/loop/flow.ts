// What the ledger counted day by day, as totals and as series.
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import type { StateCount } from "@protos/dangol/metrics/v1/loop_pb";

const DAY_MS = 86_400_000;

export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

// Days in UTC, as the ledger counts them, the last one today.
export function daysUntil(now: Date, count: number): string[] {
  return Array.from({ length: count }, (_, index) => dayOf(new Date(now.getTime() - (count - 1 - index) * DAY_MS)));
}

// How often each state was entered, on each of the days.
export type Flow = Map<Ticket_State, number[]>;

export function flowOf(counts: StateCount[], days: string[]): Flow {
  const index = new Map(days.map((day, at) => [day, at]));
  const flow: Flow = new Map();
  for (const { day, state, entered } of counts) {
    const at = index.get(day);
    if (at === undefined) continue;
    const series = flow.get(state) ?? days.map(() => 0);
    series[at]! += Number(entered);
    flow.set(state, series);
  }
  return flow;
}

export function totalOf(flow: Flow, state: Ticket_State): number {
  return (flow.get(state) ?? []).reduce((sum, count) => sum + count, 0);
}

// Round steps for an axis from 0: 1, 2 or 5 times a power of ten, whole numbers, five of them at most.
export function ticksFor(most: number): number[] {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough)!);
  const ticks = [];
  for (let tick = 0; tick < Math.max(most, 1) + step; tick += step) ticks.push(tick);
  return ticks;
}
