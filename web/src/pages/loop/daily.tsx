// What came in and what was answered, day by day.
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useMemo, useState } from "react";
import { useLocation, useSearch } from "wouter";

import type { Kpi, Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { LoopService } from "@protos/dangol/metrics/v1/loop_service_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { failureOf } from "../../base/api";
import { dayIn, daysUntil } from "../../base/days";
import { textIn } from "../../base/names";
import { useNow } from "../../base/now";
import { PAGED, useAllPages } from "../../base/pages";
import { CsvButton } from "../../parts/csv_button";
import { LineChart } from "../../parts/line_chart";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { useEngine, useKpis, useSeries } from "../engine/data";
import { formatValue, unitOf } from "../engine/values";
import { WhyKpi } from "../engine/why_kpi";
import { flowOf, totalOf } from "./flow";
import { loopKpis, together } from "./times";
import { WhyState } from "./why_state";

const PERIODS = [7, 30, 90, 365];
const DEFAULT_PERIOD = 90;
const HOUR_MS = 3_600_000;

const HREFS = new Map([
  [Ticket_State.RECEIVED, "/inbox?view=all"],
  [Ticket_State.ANSWERED, "/inbox?view=answered"],
]);
const LINES = [...HREFS.keys()];

function periodOf(search: string): number {
  const days = Number(new URLSearchParams(search).get("days"));
  return PERIODS.includes(days) ? days : DEFAULT_PERIOD;
}

export function Daily() {
  const { t, f, language } = useWords();
  const [path, go] = useLocation();
  const period = periodOf(useSearch());
  const now = useNow(HOUR_MS);
  // The ledger counts by days of UTC.
  const today = dayIn("UTC", now);
  const days = useMemo(() => daysUntil(today, period), [today, period]);
  const query = useInfiniteQuery(LoopService.method.listStateCounts, { firstDay: days[0]!, lastDay: days[days.length - 1]!, pageSize: 1000, pageToken: "" }, PAGED);
  useAllPages(query);
  const flow = useMemo(() => flowOf(query.data?.pages.flatMap((page) => page.counts) ?? [], days), [query.data, days]);
  const [why, setWhy] = useState<Ticket_State>();
  const { engine } = useEngine(undefined);
  const own = loopKpis(useKpis(engine?.name ?? "").kpis);
  const series = useSeries(engine?.name ?? "", own, days[0]!, today, "day");
  const times = own.flatMap((kpi) => {
    const point = together(series.points.get(kpi.name) ?? []);
    return point ? [{ kpi, point }] : [];
  });
  const [asked, setAsked] = useState<{ kpi: Kpi; point: Point }>();
  const seriesOf = (state: Ticket_State) => flow.get(state) ?? days.map(() => 0);
  const any = LINES.some((state) => totalOf(flow, state));
  const rows = () => [[t.loop.day, ...LINES.map((state) => t.ticketState[state]!)], ...days.map((day, index) => [day, ...LINES.map((state) => String(seriesOf(state)[index]))])];
  return (
    <section>
      <div className="period seg" role="group" aria-label={t.loop.daily}>
        {PERIODS.map((one) => (
          <button key={one} type="button" aria-pressed={one === period} onClick={() => go(`${path}?days=${one}`, { replace: true })}>
            {t.loop.period(f.count(one))}
          </button>
        ))}
      </div>
      <h3>
        {t.loop.daily} <CsvButton name="loop" rows={rows} />
      </h3>
      {failureOf(query) ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : any ? (
        <>
          <p className="sub">{t.loop.dailySay}</p>
          <div className="figs">
            {LINES.map((state) => (
              <div key={state}>
                <b>
                  <button type="button" className="number" aria-label={`${t.ticketState[state]} ${f.count(totalOf(flow, state))}, ${t.why.ask}`} onClick={() => setWhy(state)}>
                    {f.count(totalOf(flow, state))}
                  </button>
                </b>
                <span>{t.ticketState[state]}</span>
              </div>
            ))}
            {times.map(({ kpi, point }) => (
              <div key={kpi.name}>
                <b>
                  <button type="button" className="number" aria-label={`${[textIn(kpi.displayNames, language), formatValue(kpi, point.value, f), unitOf(kpi, t, point.value)].filter(Boolean).join(" ")}, ${t.why.ask}`} onClick={() => setAsked({ kpi, point })}>
                    {formatValue(kpi, point.value, f)}
                  </button>
                  <small>{unitOf(kpi, t, point.value)}</small>
                </b>
                <span>{textIn(kpi.displayNames, language)}</span>
              </div>
            ))}
          </div>
          <LineChart caption={t.loop.daily} days={days} lines={LINES.map((state, index) => ({ label: t.ticketState[state]!, values: seriesOf(state), dashed: index > 0 }))} />
        </>
      ) : (
        query.data && <p className="sub">{t.loop.flowNone(f.count(period))}</p>
      )}
      {asked && engine && <WhyKpi engine={engine.name} {...asked} onClose={() => setAsked(undefined)} />}
      {why !== undefined && <WhyState state={why} days={days} series={seriesOf(why)} href={HREFS.get(why)!} onClose={() => setWhy(undefined)} />}
    </section>
  );
}
