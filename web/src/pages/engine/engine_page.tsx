// The engine: how every stage does, by day, week or month.
import "../../style/calm.css";
import "../../style/engine.css";

import { useQuery } from "@connectrpc/connect-query";
import { useMemo, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";

import { Kpi_Better, type Kpi, type Point } from "@protos/dangol/metrics/v1/kpi_pb";
import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { KpiService } from "@protos/dangol/metrics/v1/kpi_service_pb";
import { Page } from "../../app/shell";
import { useActions, type Action } from "../../base/actions";
import { addPeriods, dayIn, noonOf, type Day, type PeriodLength } from "../../base/days";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { useNow } from "../../base/now";
import type { Language } from "../../base/settings";
import { CsvButton } from "../../parts/csv_button";
import { Icon } from "../../parts/icon";
import { Failure } from "../../parts/small";
import { Sparkline } from "../../parts/sparkline";
import { useWords, type Words } from "../../words/words";
import { ChooseBlueprint } from "./choose_blueprint";
import { activeStages, stageName, useEngine, useKpis, useReport, useSeries, volumeOf } from "./data";
import { formatValue, formatWithUnit, overTarget, standingOf, unitOf } from "./values";
import { Report } from "./report";
import { RecentEffects } from "./effects";
import { stageViews } from "./stage_views";
import { WhyKpi } from "./why_kpi";

const PERIODS: PeriodLength[] = ["day", "week", "month"];
const SHOWN = 8;

function usePeriod(today: Day): { length: PeriodLength; day: Day; path: (length: PeriodLength, day: Day) => string } {
  const search = new URLSearchParams(useSearch());
  const length = PERIODS.find((one) => one === search.get("period")) ?? "week";
  const asked = search.get("at") ?? "";
  const day = /^\d{4}-\d\d-\d\d$/.test(asked) && asked < today ? asked : today;
  const path = (nextLength: PeriodLength, next: Day) => `?period=${nextLength}${next < today ? `&at=${next}` : ""}`;
  return { length, day, path };
}

type OnWhy = (kpi: Kpi, point: Point) => void;

interface FigureProps {
  engine: Engine;
  kpi: Kpi | undefined;
  points: Point[];
  href: string;
  name: string;
  onWhy: OnWhy;
}

function Figure({ engine, kpi, points, href, name, onWhy }: FigureProps) {
  const { t, f } = useWords();
  const last = points[points.length - 1];
  const before = points[points.length - 2];
  const delta = last?.value !== undefined && before?.value !== undefined ? last.value - before.value : undefined;
  // Half a week is less than a whole one.
  const worse = delta !== undefined && !last?.soFar && ((kpi?.better === Kpi_Better.HIGHER && delta < 0) || (kpi?.better === Kpi_Better.LOWER && delta > 0));
  return (
    <li className={last?.value === undefined ? "stage none" : "stage"} key={engine.name + name}>
      <Link className="nm" href={href}>
        {name}
      </Link>
      {kpi && last?.value !== undefined ? (
        <button type="button" className="hero number" title={t.why.ask} onClick={() => onWhy(kpi, last)}>
          {formatValue(kpi, last.value, f)}
          <small>{unitOf(kpi, t)}</small>
        </button>
      ) : (
        <span className="hero">–</span>
      )}
      <span className={worse ? "dl bad" : "dl"}>
        <span className="nw">
          {kpi && delta !== undefined ? t.engine.delta(formatDelta(kpi, delta, f)) : last?.value === undefined ? t.engine.awaited : t.engine.nothingBefore}
        </span>
        {last?.soFar && last.value !== undefined && <span className="t3 nw"> · {t.engine.soFar}</span>}
      </span>
      <Sparkline values={points.map((point) => point.value)} target={last?.target} />
      {last?.target !== undefined && kpi && <span className="tg">{t.engine.target(formatWithUnit(kpi, last.target, t, f))}</span>}
    </li>
  );
}

function formatDelta(kpi: Kpi, delta: number, f: ReturnType<typeof useWords>["f"]): string {
  return `${delta > 0 ? "+" : delta < 0 ? "−" : ""}${formatValue(kpi, Math.abs(delta), f)}`;
}

// The table as rows, numbers as they are and not as they are written.
function numberRows(engine: Engine, all: Kpi[], points: Map<string, Point[]>, { t, language }: { t: Words; language: Language }): string[][] {
  const stages = new Map(engine.stages.map((stage) => [stageName(engine, stage), textIn(stage.displayNames, language)]));
  const head = [t.engine.kpi, t.engine.stage, t.csv.firstDay, t.engine.standing, t.engine.before, t.engine.value, t.csv.unit, t.engine.targetName];
  const rows = all.map((kpi) => {
    const series = points.get(kpi.name) ?? [];
    const last = series[series.length - 1];
    const number = (value: number | undefined) => (value === undefined ? "" : String(value));
    return [
      textIn(kpi.displayNames, language),
      stages.get(kpi.stage) ?? "",
      last?.firstDay ?? "",
      t.engine.standings[standingOf(kpi, last)],
      number(series[series.length - 2]?.value),
      number(last?.value),
      unitOf(kpi, t),
      number(last?.target),
    ];
  });
  return [head, ...rows];
}

function Numbers({ engine, all, points, onWhy }: { engine: Engine; all: Kpi[]; points: Map<string, Point[]>; onWhy: OnWhy }) {
  const { t, f, language } = useWords();
  const stages = new Map(engine.stages.map((stage) => [stageName(engine, stage), textIn(stage.displayNames, language)]));
  return (
    <section>
      <h3>
        {t.engine.numbers} <CsvButton name={idOf(engine.name)} rows={() => numberRows(engine, all, points, { t, language })} />
      </h3>
      <div className="table-wrap" tabIndex={0} role="group" aria-label={t.engine.numbers}>
        <table className="ships">
          <thead>
            <tr>
              <th scope="col">{t.engine.kpi}</th>
              <th scope="col">{t.engine.stage}</th>
              <th scope="col">{t.engine.standing}</th>
              <th scope="col" className="r">
                {t.engine.before}
              </th>
              <th scope="col" className="r">
                {t.engine.value}
              </th>
              <th scope="col" className="r">
                {t.engine.targetName}
              </th>
            </tr>
          </thead>
          <tbody>
            {all.map((kpi) => {
              const series = points.get(kpi.name) ?? [];
              const last = series[series.length - 1];
              const standing = standingOf(kpi, last);
              return (
                <tr key={kpi.name}>
                  <th scope="row">{textIn(kpi.displayNames, language)}</th>
                  <td>{kpi.stage ? <Link href={`/stage/${idOf(engine.name)}/${idOf(kpi.stage)}`}>{stages.get(kpi.stage)}</Link> : ""}</td>
                  <td>
                    <span className={`verdict ${standing === "good" ? "good" : standing === "bad" ? "bad" : standing === "running" ? "info" : "text2"}`}>
                      {standing !== "unknown" && <i aria-hidden="true">{{ good: "▲", bad: "▼", even: "＝", running: "…" }[standing]}</i>}
                      {t.engine.standings[standing]}
                    </span>
                  </td>
                  <td className="r t3">{formatValue(kpi, series[series.length - 2]?.value, f)}</td>
                  <td className="r">
                    {last?.value === undefined ? (
                      "–"
                    ) : (
                      <button type="button" className="number" title={t.why.ask} onClick={() => onWhy(kpi, last)}>
                        {formatValue(kpi, last.value, f)}
                      </button>
                    )}
                    {last?.value !== undefined && <small className="t3"> {unitOf(kpi, t)}</small>}
                  </td>
                  <td className="r">{formatValue(kpi, last?.target, f)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Missing({ engine }: { engine: Engine }) {
  const { t, f, language } = useWords();
  const query = useQuery(KpiService.method.listMissingEntries, { parent: engine.name, pageSize: 1000 });
  const missing = query.data?.missingEntries.length ?? 0;
  if (!missing) return null;
  return (
    <section>
      <h3>{t.engine.missing(f.count(missing))}</h3>
      <p className="sub">{t.engine.missingText}</p>
      <ul className="stage-links">
        {stageViews(engine, language)
          .slice(1)
          .map(({ path, label }) => (
            <li key={path}>
              <Link href={path}>{label}</Link>
            </li>
          ))}
      </ul>
    </section>
  );
}

function Body({ engine }: { engine: Engine }) {
  const { t, f, language } = useWords();
  const now = useNow(60_000);
  const today = dayIn(engine.timeZone, now);
  const { length, day } = usePeriod(today);
  const { kpis: all } = useKpis(engine.name);
  const { points } = useSeries(engine.name, all, addPeriods(day, length, 1 - SHOWN), day, length);
  const stages = activeStages(engine);
  const [why, setWhy] = useState<{ kpi: Kpi; point: Point }>();
  const onWhy: OnWhy = (kpi, point) => setWhy({ kpi, point });

  const lastOf = (kpi: Kpi) => points.get(kpi.name)?.slice(-1)[0];
  const judged = all.filter((kpi) => ["good", "bad"].includes(standingOf(kpi, lastOf(kpi))));
  const short = judged.filter((kpi) => standingOf(kpi, lastOf(kpi)) === "bad");
  const worst = [...short].sort((one, other) => Math.abs(overTarget(lastOf(other)) ?? 0) - Math.abs(overTarget(lastOf(one)) ?? 0))[0];
  const off = worst ? (overTarget(lastOf(worst)) ?? 0) : 0;
  const any = all.some((kpi) => lastOf(kpi)?.value !== undefined);
  const said = worst
    ? t.engine.sayShort(t.engine.periods[length], textIn(worst.displayNames, language), f.percent(Math.abs(off), 0), off < 0)
    : judged.length
      ? t.engine.sayFine(t.engine.periods[length])
      : any
        ? t.engine.sayNoTarget(t.engine.periods[length])
        : t.engine.sayNothing(t.engine.periods[length]);
  return (
    <div className="page">
      <section className="lead">
        <h2 className="say">{said}</h2>
        {judged.length > 0 && <p className="sub">{t.engine.subJudged(f.count(judged.length), f.count(judged.length - short.length))}</p>}
        {!any && stages[0] && (
          <p className="alt">
            <Link className="btn primary" href={`/stage/${idOf(engine.name)}/${stages[0].stageId}`}>
              {t.engine.enterToday}
            </Link>
          </p>
        )}
        <ol className="chain" style={{ "--stages": stages.length }}>
          {stages.map((stage) => {
            const name = stageName(engine, stage);
            const kpi = volumeOf(name, all);
            return (
              <Figure
                key={name}
                engine={engine}
                kpi={kpi}
                points={kpi ? (points.get(kpi.name) ?? []) : []}
                href={`/stage/${idOf(engine.name)}/${stage.stageId}`}
                name={textIn(stage.displayNames, language)}
                onWhy={onWhy}
              />
            );
          })}
        </ol>
      </section>
      <Numbers engine={engine} all={all} points={points} onWhy={onWhy} />
      <RecentEffects />
      <Missing engine={engine} />
      <Report engine={engine} kpis={all} length={length} day={day} />
      {why && <WhyKpi engine={engine.name} kpi={why.kpi} point={why.point} onClose={() => setWhy(undefined)} />}
    </div>
  );
}

function Range({ engine }: { engine: Engine }) {
  const { t, f } = useWords();
  const now = useNow(60_000);
  const [path, go] = useLocation();
  const { length, day, path: to } = usePeriod(dayIn(engine.timeZone, now));
  const report = useReport(engine, length, day).data;
  const first = report?.firstDay ?? day;
  const last = report?.lastDay ?? day;
  const step = (by: number) => go(path + to(length, addPeriods(day, length, by)));
  const actions = useMemo<Action[]>(
    () => [
      { id: "earlier", label: t.engine.earlier, group: t.keys.groupList, keys: ["["], run: () => step(-1) },
      { id: "later", label: t.engine.later, group: t.keys.groupList, keys: ["]"], run: () => step(1) },
    ],
    [t, length, day],
  );
  useActions(actions);
  return (
    <>
      <span className="range">
        <button type="button" className="btn quiet icon" aria-label={t.engine.earlier} onClick={() => step(-1)}>
          <Icon name="left" />
        </button>
        <span>{f.range(noonOf(first), noonOf(last), now)}</span>
        <button type="button" className="btn quiet icon" aria-label={t.engine.later} onClick={() => step(1)}>
          <Icon name="right" />
        </button>
      </span>
      <div className="seg" role="group" aria-label={t.engine.period}>
        {PERIODS.map((one) => (
          <button key={one} type="button" aria-pressed={one === length} onClick={() => go(path + to(one, day))}>
            {t.engine.lengths[one]}
          </button>
        ))}
      </div>
    </>
  );
}

export default function EnginePage({ id }: { id?: string | undefined }) {
  const { t, language } = useWords();
  const { engine, error, isPending, refetch } = useEngine(id);
  const empty = !engine && !isPending && !error;
  return (
    <Page
      title={engine ? textIn(engine.displayNames, language) : t.nav.engine}
      className={empty ? "emptyd" : "calm"}
      tools={engine && <Range engine={engine} />}
      {...(engine && { views: stageViews(engine, language) })}
    >
      {engine ? <Body engine={engine} /> : empty ? <ChooseBlueprint /> : <div className="page">{error && <Failure error={error} onRetry={() => void refetch()} />}</div>}
    </Page>
  );
}
