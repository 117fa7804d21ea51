// What the pages of an engine read.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";

import type { Engine, Stage } from "@protos/dangol/metrics/v1/engine_pb";
import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { Granularity, Kpi_Kind, Kpi_Source, Kpi_State, type Kpi, type MissingEntry, type Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { KpiService } from "@protos/dangol/metrics/v1/kpi_service_pb";
import { failureOf, readAnew, transport } from "../../base/api";
import type { Day, PeriodLength } from "../../base/days";
import { useEach } from "../../base/each";

export const engines = createClient(EngineService, transport);
export const kpis = createClient(KpiService, transport);

// So many KPIs are asked for at once.
const KPIS_MAX = 20;

export const GRANULARITIES: Record<PeriodLength, Granularity> = { day: Granularity.DAY, week: Granularity.WEEK, month: Granularity.MONTH };

export function useEngine(id: string | undefined) {
  const list = useQuery(EngineService.method.listEngines, { pageSize: 100 });
  const all = list.data?.engines ?? [];
  const engine = id ? all.find((one) => one.name === `engines/${id}`) : all[0];
  return { ...list, engine, engines: all };
}

export function activeStages(engine: Engine): Stage[] {
  return engine.stages.filter((stage) => !stage.retired);
}

export function stageName(engine: Engine, stage: Stage): string {
  return `${engine.name}/stages/${stage.stageId}`;
}

// Those that are used no more, too.
export function useAllKpis(engine: string) {
  return useQuery(KpiService.method.listKpis, { parent: engine, pageSize: 1000 }, { enabled: Boolean(engine) });
}

export function useKpis(engine: string) {
  const query = useAllKpis(engine);
  return { ...query, kpis: activeOf(query.data?.kpis ?? []) };
}

export function activeOf(all: Kpi[]): Kpi[] {
  return all.filter((kpi) => kpi.state === Kpi_State.ACTIVE);
}

export function useSeries(engine: string, of: Kpi[], firstDay: Day, lastDay: Day, length: PeriodLength) {
  const names = of.map((kpi) => kpi.name);
  const parts = Array.from({ length: Math.ceil(names.length / KPIS_MAX) }, (_, part) => names.slice(part * KPIS_MAX, (part + 1) * KPIS_MAX));
  const granularity = GRANULARITIES[length];
  const queries = useEach(
    KpiService.method.querySeries,
    parts.map((part) => ({ engine, kpis: part, firstDay, lastDay, granularity })),
    { placeholderData: keepPreviousData },
  );
  const points = new Map<string, Point[]>(queries.flatMap(({ data }) => (data?.series ?? []).map((series) => [series.kpi, series.points] as const)));
  return {
    points,
    // All that was asked for is there.
    known: queries.every(({ data }) => data),
    error: queries.map(failureOf).find(Boolean) ?? null,
    readAnew: () => queries.forEach((query) => void query.refetch()),
  };
}

// Days that are to be entered, those that are not due yet, too.
export function usePending(engine: Engine): MissingEntry[] {
  const { data } = useQuery(KpiService.method.listMissingEntries, { parent: engine.name, pageSize: 1000 });
  return data?.missingEntries ?? [];
}

// How many of them are late, and how many are not due yet.
export function lateOf(pending: Pick<MissingEntry, "dueTime">[], now: Date): { late: number; early: number } {
  const late = pending.filter(({ dueTime }) => dueTime && timestampMs(dueTime) <= now.getTime()).length;
  return { late, early: pending.length - late };
}

// With the days that nobody has entered: one may be due later than its period ends.
export function withPending(points: Map<string, Point[]>, pending: Pick<MissingEntry, "kpi" | "day">[]): Map<string, Point[]> {
  const missingIn = (kpi: string, point: Point) => pending.filter((entry) => entry.kpi === kpi && entry.day >= point.firstDay && entry.day <= point.lastDay).length;
  return new Map([...points].map(([kpi, all]) => [kpi, all.map((point) => ({ ...point, missing: Math.max(point.missing, missingIn(kpi, point)) }))]));
}

export function useReport(engine: Engine, length: PeriodLength, day: Day) {
  return useQuery(KpiService.method.getReport, { engine: engine.name, granularity: GRANULARITIES[length], day });
}

// Stage by stage, what people enter before what is computed, and numbers of the whole engine last.
export function inOrder(engine: Engine, all: Kpi[]): Kpi[] {
  const stages = engine.stages.map((stage) => stageName(engine, stage));
  const place = ({ stage }: Kpi) => (stage ? stages.indexOf(stage) : stages.length);
  return [...all].sort((one, other) => place(one) - place(other) || Number(isComputed(one)) - Number(isComputed(other)));
}

// Computed of complaints: nobody enters it.
export function isComputed(kpi: Pick<Kpi, "source">): boolean {
  return kpi.source === Kpi_Source.SYSTEM;
}

// The number that stands for a stage: the first that counts.
export function volumeOf(stage: string, all: Kpi[]): Kpi | undefined {
  const own = all.filter((kpi) => kpi.stage === stage);
  return own.find((kpi) => kpi.kind === Kpi_Kind.COUNT || kpi.kind === Kpi_Kind.LAST) ?? own[0];
}

export function readNumbersAnew(): void {
  void readAnew(KpiService, EngineService);
}
