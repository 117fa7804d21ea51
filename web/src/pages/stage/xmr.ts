// The XmR chart of a series: what is usual, and what is not (Wheeler, Understanding Variation).
import type { Point } from "@protos/dangol/metrics/v1/kpi_pb";

export interface Limits {
  mean: number;
  upper: number;
  lower: number;
}

// Three sigma by the mean moving range.
const FACTOR = 2.66;
// With fewer values nothing is usual yet; as in reports.
const VALUES_MIN = 6;
const RUN = 8;

type Value = number | undefined;

// What is known so far is not compared, as in reports.
export function judgedOf(points: Pick<Point, "value" | "soFar">[]): Value[] {
  return points.map(({ value, soFar }) => (soFar ? undefined : value));
}

export function limitsOf(values: Value[]): Limits | undefined {
  const known = values.filter((value): value is number => value !== undefined);
  if (known.length < VALUES_MIN) return undefined;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  let moved = 0;
  for (let i = 1; i < known.length; ++i) moved += Math.abs(known[i]! - known[i - 1]!);
  const reach = (FACTOR * moved) / (known.length - 1);
  return { mean, upper: mean + reach, lower: mean - reach };
}

export interface Signal {
  kind: "outside" | "run";
  // Where it begins and ends.
  first: number;
  last: number;
  above: boolean;
}

// Values outside of the limits, and eight in a row on one side of the mean.
export function signalsOf(values: Value[], limits: Limits): Signal[] {
  const signals: Signal[] = [];
  let run: { first: number; count: number; above: boolean } | undefined;
  const close = (last: number) => {
    if (run && run.count >= RUN) signals.push({ kind: "run", first: run.first, last, above: run.above });
    run = undefined;
  };
  let lastKnown = -1;
  values.forEach((value, index) => {
    if (value === undefined) return;
    if (value > limits.upper || value < limits.lower) {
      signals.push({ kind: "outside", first: index, last: index, above: value > limits.upper });
    }
    const above = value > limits.mean;
    if (value === limits.mean || (run && run.above !== above)) close(lastKnown);
    if (value !== limits.mean) run = run ? { ...run, count: run.count + 1 } : { first: index, count: 1, above };
    lastKnown = index;
  });
  close(lastKnown);
  return signals.sort((one, other) => one.first - other.first);
}
