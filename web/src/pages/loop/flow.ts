// What the ledger counted day by day, as totals and as series.
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import type { StateCount } from "@protos/dangol/metrics/v1/loop_pb";

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
