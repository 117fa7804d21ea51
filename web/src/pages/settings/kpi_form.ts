// What a number's form says, as the metrics service has it.
import { create } from "@bufbuild/protobuf";

import { Granularity, Kpi_Kind, TargetSchema, type Kpi, type Target } from "@protos/dangol/metrics/v1/kpi_pb";
import type { Day, PeriodLength } from "../../base/days";
import { readNumber } from "../engine/values";

export const GRANULARITIES: [PeriodLength, Granularity][] = [
  ["day", Granularity.DAY],
  ["week", Granularity.WEEK],
  ["month", Granularity.MONTH],
];

// The names in the languages of the pages; others stay as they are.
export function namesOf(before: Record<string, string> | undefined, ko: string, en: string): Record<string, string> {
  const names: Record<string, string> = { ...before };
  for (const [language, text] of [["ko", ko], ["en", en]] as const) {
    if (text.trim()) names[language] = text.trim();
    else delete names[language];
  }
  return names;
}

// The newest that holds on this day.
export function targetOf(kpi: Pick<Kpi, "targets"> | undefined, granularity: Granularity, today: Day): number | undefined {
  const past = (kpi?.targets ?? []).filter((one) => one.granularity === granularity && one.fromDay <= today);
  return past.sort((one, other) => (one.fromDay < other.fromDay ? 1 : -1))[0]?.value;
}

const PERCENT = 100;

export function typedTarget(kind: Kpi_Kind, value: number | undefined): string {
  if (value === undefined) return "";
  return String(kind === Kpi_Kind.RATIO ? Math.round(value * PERCENT * 1000) / 1000 : value);
}

// Undefined: it is no number. Of a share it is typed in per cent.
export function readTarget(kind: Kpi_Kind, typed: string): number | undefined {
  const value = readNumber(typed.replace("%", ""));
  // By whole numbers: 0.7 / 100 is a little less than 0.007.
  return value === undefined || kind !== Kpi_Kind.RATIO ? value : Math.round(value * 1000) / (1000 * PERCENT);
}

// What was typed holds from today on. What was emptied holds no more: a target ends only by another, so those before it go with it. What reads the same is
// left as it was, and so is what begins later, which nobody was shown.
export function targetsAfter(kpi: Pick<Kpi, "targets"> | undefined, kind: Kpi_Kind, typed: Record<PeriodLength, string>, today: Day): Target[] {
  let targets = kpi?.targets ?? [];
  for (const [name, granularity] of GRANULARITIES) {
    const shown = typedTarget(kind, targetOf(kpi, granularity, today));
    const text = typed[name].trim();
    if (!text) {
      if (shown) targets = targets.filter((one) => one.granularity !== granularity || one.fromDay > today);
      continue;
    }
    const value = readTarget(kind, text);
    if (value === undefined || typedTarget(kind, value) === shown) continue;
    targets = [...targets.filter((one) => one.granularity !== granularity || one.fromDay !== today), create(TargetSchema, { granularity, fromDay: today, value })];
  }
  return targets;
}
