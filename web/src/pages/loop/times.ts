// What the numbers of the whole engine say of the loop in a time: how long it took, and how many were told.
import { create } from "@bufbuild/protobuf";

import { PointSchema, SystemKpi, type Kpi, type Point } from "@protos/dangol/metrics/v1/kpi_pb";

const SHOWN = [SystemKpi.FIRST_RESPONSE_TIME, SystemKpi.LOOP_TIME, SystemKpi.CLOSED_LOOP_RATE];

// In the order in which they are shown.
export function loopKpis(all: Kpi[]): Kpi[] {
  return SHOWN.flatMap((system) => all.find((kpi) => kpi.system === system && !kpi.stage) ?? []);
}

// Days of an average or a share come together by their parts, never by a mean of daily ones.
export function together(days: Point[]): Point | undefined {
  const numerator = days.reduce((sum, day) => sum + (day.numerator ?? 0), 0);
  const denominator = days.reduce((sum, day) => sum + (day.denominator ?? 0), 0);
  if (!denominator) return undefined;
  return create(PointSchema, {
    firstDay: days[0]!.firstDay,
    lastDay: days[days.length - 1]!.lastDay,
    value: numerator / denominator,
    numerator,
    denominator,
    soFar: days.some((day) => day.soFar),
  });
}
