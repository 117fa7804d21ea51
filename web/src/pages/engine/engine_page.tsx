// The engine: how every stage does, by day, week or month.
import "../../style/calm.css";
import "../../style/engine.css";

import { useState } from "react";
import { Link } from "wouter";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import type { Kpi, Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { Page } from "../../app/shell";
import { addPeriods, noonOf, type Day, type PeriodLength } from "../../base/days";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import type { Language } from "../../base/settings";
import { Failure } from "../../parts/small";
import { useWords, type Formats, type Words } from "../../words/words";
import { BottleneckCard, periodOf, useBottleneck } from "./bottleneck_card";
import { Chain, type OnWhy } from "./chain";
import { ChooseBlueprint } from "./choose_blueprint";
import { activeStages, inOrder, isComputed, lateOf, useEngine, useKpis, usePending, useSeries, withPending } from "./data";
import { RecentEffects } from "./effects";
import { Numbers } from "./numbers";
import { ProactiveRoad } from "./proactive_road";
import { Periods, Range, SHOWN, usePeriod } from "./range";
import { Report } from "./report";
import { stageViews } from "./stage_views";
import { StrategyMix } from "./strategy_mix";
import { overTarget, standingOf } from "./values";
import { WhyKpi } from "./why_kpi";

function Missing({ engine }: { engine: Engine }) {
  const { t, f, language } = useWords();
  const pending = usePending(engine);
  const { late, early } = lateOf(pending, useNow(60_000));
  const { kpis } = useKpis(engine.name);
  // Those where something is to be entered.
  const waiting = new Set(kpis.filter((kpi) => pending.some((entry) => entry.kpi === kpi.name)).map((kpi) => idOf(kpi.stage)));
  if (!late && !early) return null;
  return (
    <section>
      <h3>{late ? t.engine.missing(f.count(late)) : t.engine.toEnter(f.count(early))}</h3>
      <p className="sub">
        {late ? t.engine.missingText : t.engine.toEnterText} {late && early ? t.engine.toEnterToo(f.count(early)) : ""}
      </p>
      <ul className="stage-links">
        {stageViews(engine, language)
          .slice(1)
          .filter(({ path }) => waiting.has(idOf(path)))
          .map(({ path, label }) => (
            <li key={path}>
              <Link href={path}>{label}</Link>
            </li>
          ))}
      </ul>
    </section>
  );
}

interface Told {
  // One sentence, and how many numbers it is about.
  say: string;
  judged: number;
  reached: number;
  // There is a number at all.
  any: boolean;
}

// This week, last week, or which one.
function periodSaid(point: Point | undefined, today: Day, length: PeriodLength, { t, f }: { t: Words; f: Formats }): string {
  if (!point || today < addPeriods(point.firstDay, length, 1)) return t.engine.periods[length];
  if (today < addPeriods(point.firstDay, length, 2)) return t.engine.lastPeriods[length];
  return length === "day" ? f.date(noonOf(point.firstDay)) : f.range(noonOf(point.firstDay), noonOf(point.lastDay));
}

function tell(all: Kpi[], points: Map<string, Point[]>, length: PeriodLength, today: Day, words: { t: Words; f: Formats; language: Language }): Told {
  const { t, f, language } = words;
  const lastOf = (kpi: Kpi) => points.get(kpi.name)?.slice(-1)[0];
  const judged = all.filter((kpi) => ["good", "bad"].includes(standingOf(kpi, lastOf(kpi))));
  const short = judged.filter((kpi) => standingOf(kpi, lastOf(kpi)) === "bad");
  const off = (kpi: Kpi) => overTarget(lastOf(kpi)) ?? 0;
  const worst = [...short].sort((one, other) => Math.abs(off(other)) - Math.abs(off(one)))[0];
  // What is computed of complaints is there by itself.
  const entered = all.filter((kpi) => !isComputed(kpi) && lastOf(kpi)?.value !== undefined);
  const any = entered.length > 0;
  const period = periodSaid(all.map(lastOf).find(Boolean), today, length, words);
  const say = worst
    ? t.engine.sayShort(period, textIn(worst.displayNames, language), f.percent(Math.abs(off(worst)), 0), off(worst) < 0)
    : judged.length
      ? t.engine.sayFine(period)
      : any
        ? entered.some((kpi) => standingOf(kpi, lastOf(kpi)) === "running")
          ? t.engine.sayRunning(period)
          : t.engine.sayNoTarget(period)
        : t.engine.sayNothing(period);
  return { say, judged: judged.length, reached: judged.length - short.length, any };
}

function Body({ engine }: { engine: Engine }) {
  const words = useWords();
  const { t, f } = words;
  const period = usePeriod(engine);
  const { length, today, day, known: chosen } = period;
  const numbers = useKpis(engine.name);
  const all = numbers.kpis;
  const series = useSeries(engine.name, chosen ? all : [], addPeriods(day, length, 1 - SHOWN), day, length);
  const pending = usePending(engine);
  const points = withPending(series.points, pending);
  const neck = useBottleneck(engine, all, points);
  const stages = activeStages(engine);
  const [why, setWhy] = useState<{ kpi: Kpi; point: Point }>();
  const onWhy: OnWhy = (kpi, point) => setWhy({ kpi, point });
  const failed = numbers.error ?? period.error ?? series.error;
  const known = chosen && numbers.data && series.known;
  const told = tell(all, points, length, today, words);
  return (
    <div className="page" aria-busy={!known && !failed}>
      <section className="lead">
        <Periods engine={engine} className="above" />
        {failed && <Failure error={failed} onRetry={() => (numbers.error ? void numbers.refetch() : period.error ? period.readAnew() : series.readAnew())} />}
        {known && <h2 className="say">{told.say}</h2>}
        {told.judged > 0 && <p className="sub">{t.engine.subJudged(f.count(told.judged), f.count(told.reached))}</p>}
        {known && !told.any && stages[0] && may("metrics.enter") && (
          <p className="alt">
            <Link className="btn primary" href={`/stage/${idOf(engine.name)}/${stages[0].stageId}`}>
              {t.engine.enterToday}
            </Link>
          </p>
        )}
        {known && <Chain engine={engine} kpis={all} points={points} neck={neck} onWhy={onWhy} />}
      </section>
      {neck && <BottleneckCard engine={engine} neck={neck} period={periodOf(all, points, neck.stage)} />}
      {/* Not before what stands above it, which would push it down. */}
      {(known || failed) && <RecentEffects />}
      {known && (
        <div className="twin">
          <ProactiveRoad engine={engine} kpis={all} today={today} onWhy={onWhy} />
          <StrategyMix engine={engine} kpis={all} today={today} onWhy={onWhy} />
        </div>
      )}
      {known && <Numbers engine={engine} all={inOrder(engine, all)} points={points} onWhy={onWhy} />}
      {(known || failed) && <Missing engine={engine} />}
      <Report engine={engine} kpis={all} length={length} day={day} />
      {why && <WhyKpi engine={engine.name} kpi={why.kpi} point={why.point} onClose={() => setWhy(undefined)} />}
    </div>
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
