// Numbers of KPIs: how they are written, read and compared.
import { Kpi_Better, Kpi_Kind, type Kpi, type Point } from "@protos/dangol/metrics/v1/kpi_pb";
import type { Formats, Words } from "../../words/words";

export function hasTwoParts(kind: Kpi_Kind): boolean {
  return kind === Kpi_Kind.AVERAGE || kind === Kpi_Kind.RATIO;
}

// Three digits that say something: 4.15, 83.8, 541.
function averageDigits(value: number): number {
  const size = Math.abs(value);
  return size < 10 ? 2 : size < 100 ? 1 : 0;
}

// Units that count in thousands and more themselves: 24,123천원, never 2.4만천원.
const MANIFOLD = /^(천|만|십만|백만|천만|억|조|k\b|m\b|bn\b|thousand|million|billion)/i;

export function formatValue(kpi: Pick<Kpi, "kind" | "unit">, value: number | undefined, f: Formats): string {
  if (value === undefined) return "–";
  if (kpi.kind === Kpi_Kind.RATIO) return f.percent(value, value === 0 || value === 1 ? 0 : 1);
  if (kpi.kind === Kpi_Kind.AVERAGE) return f.decimal(value, averageDigits(value));
  return MANIFOLD.test(kpi.unit) ? f.decimal(Math.round(value), 0) : f.count(Math.round(value));
}

// With the value: one order, two orders.
export function unitOf(kpi: Pick<Kpi, "kind" | "unit">, t: Words, value?: number): string {
  if (kpi.kind === Kpi_Kind.RATIO) return "";
  return (value === 1 && kpi.kind !== Kpi_Kind.AVERAGE ? t.unitOne[kpi.unit] : undefined) ?? t.unit[kpi.unit] ?? kpi.unit;
}

// 900건, 900 orders, 3.2%
export function formatWithUnit(kpi: Pick<Kpi, "kind" | "unit">, value: number | undefined, t: Words, f: Formats): string {
  const unit = value === undefined ? "" : unitOf(kpi, t, value);
  return formatValue(kpi, value, f) + (/^[a-z]/i.test(unit) ? ` ${unit}` : unit);
}

// What a person typed; undefined: it is no number. Digits of Korean and Japanese keyboards are read, and commas and spaces between thousands, where they are no
// decimal comma.
export function readNumber(typed: string): number | undefined {
  const text = typed.normalize("NFKC").trim().replace("−", "-");
  if (!/^-?(\d+|\d{1,3}([, ]\d{3})+)(\.\d{1,3})?$/.test(text)) return undefined;
  const value = Number(text.replace(/[, ]/g, ""));
  return Math.abs(value) <= 1e12 ? value : undefined;
}

// 0.18: 18 % above the target; undefined where there is nothing to compare.
export function overTarget(point: Pick<Point, "value" | "target"> | undefined): number | undefined {
  if (point?.value === undefined || !point.target) return undefined;
  return point.value / point.target - 1;
}

// From day to day: half a week has less of it than a whole one.
export function grows({ kind }: Pick<Kpi, "kind">): boolean {
  return kind === Kpi_Kind.COUNT || kind === Kpi_Kind.SUM;
}

type Known = Pick<Point, "soFar"> & Partial<Pick<Point, "missing">>;

// It has less than a whole period has: it has not ended, or a day of it is not entered.
export function isPartial(kpi: Pick<Kpi, "kind">, point: Known | undefined): boolean {
  return grows(kpi) && point !== undefined && (point.soFar || Boolean(point.missing));
}

export type Standing = "good" | "bad" | "even" | "running" | "waiting" | "unknown";

// A sum of a part of a period may still come to its target, or go over it: nothing is said of it before.
export function standingOf(
  kpi: Pick<Kpi, "better" | "kind">,
  point: (Pick<Point, "value" | "target"> & Known) | undefined,
): Standing {
  if (point?.target === undefined) return "unknown";
  // There is a target, and nothing to hold against it yet.
  if (point.value === undefined) return "waiting";
  if (kpi.better === Kpi_Better.BETTER_UNSPECIFIED) return "even";
  const higher = kpi.better === Kpi_Better.HIGHER;
  const reached = higher ? point.value >= point.target : point.value <= point.target;
  if (isPartial(kpi, point) && reached !== higher) return "running";
  return reached ? "good" : "bad";
}
