// What the pages of an engine read.
import { useQuery } from "@connectrpc/connect-query";
import { createClient } from "@connectrpc/connect";

import type { Engine, Stage } from "@protos/dangol/metrics/v1/engine_pb";
import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { Granularity, Kpi_Kind, Kpi_State, type Kpi, type Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { KpiService } from "@protos/dangol/metrics/v1/kpi_service_pb";
import { readAnew, transport } from "../../base/api";
import type { Day, PeriodLength } from "../../base/days";

export const engines = createClient(EngineService, transport);
export const kpis = createClient(KpiService, transport);

// The service takes 20 KPIs in one question.
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

export function useKpis(engine: string) {
  const query = useQuery(KpiService.method.listKpis, { parent: engine, pageSize: 1000 }, { enabled: Boolean(engine) });
  return { ...query, kpis: (query.data?.kpis ?? []).filter((kpi) => kpi.state === Kpi_State.ACTIVE) };
}

export function useSeries(engine: string, of: Kpi[], firstDay: Day, lastDay: Day, length: PeriodLength) {
  const names = of.slice(0, KPIS_MAX).map((kpi) => kpi.name);
  const query = useQuery(
    KpiService.method.querySeries,
    { engine, kpis: names, firstDay, lastDay, granularity: GRANULARITIES[length] },
    { enabled: names.length > 0, placeholderData: (old) => old },
  );
  const points = new Map<string, Point[]>((query.data?.series ?? []).map((series) => [series.kpi, series.points]));
  return { ...query, points };
}

export function useReport(engine: Engine, length: PeriodLength, day: Day) {
  return useQuery(KpiService.method.getReport, { engine: engine.name, granularity: GRANULARITIES[length], day });
}

// The number that stands for a stage: the first that counts.
export function volumeOf(stage: string, all: Kpi[]): Kpi | undefined {
  const own = all.filter((kpi) => kpi.stage === stage);
  return own.find((kpi) => kpi.kind === Kpi_Kind.COUNT || kpi.kind === Kpi_Kind.LAST) ?? own[0];
}

export function readNumbersAnew(): void {
  void readAnew(KpiService, EngineService);
}
