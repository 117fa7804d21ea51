// One number: where it stands, and what was usual for it.
import { useState } from "react";
import { Link } from "wouter";

import type { Change } from "@protos/dangol/backlog/v1/change_pb";
import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { Granularity, type Kpi } from "@protos/dangol/metrics/v1/kpi_pb";
import { addDays, dayIn, noonOf } from "../../base/days";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { useNow } from "../../base/now";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { usePending, useSeries, withPending } from "../engine/data";
import { Remarks } from "../engine/remarks";
import { formatValue, formatWithUnit, isPartial, overTarget, standingOf, unitOf } from "../engine/values";
import { WhyKpi } from "../engine/why_kpi";
import { marksOf } from "./ship_marks";
import { judgedOf, limitsOf, signalsOf } from "./xmr";
import { XmrChart } from "./xmr_chart";

const DAYS = 56;

interface Props {
  engine: Engine;
  kpi: Kpi;
  // Changes of its stage that shipped.
  shipped: Change[];
}

export function KpiSection({ engine, kpi, shipped }: Props) {
  const { t, f, language } = useWords();
  const now = useNow(60_000);
  const [asking, setAsking] = useState(false);
  const today = dayIn(engine.timeZone, now);
  const series = useSeries(engine.name, [kpi], addDays(today, 1 - DAYS), today, "day");
  const daily = series.points.get(kpi.name) ?? [];
  const weeks = useSeries(engine.name, [kpi], addDays(today, -14), today, "week");
  const weekly = withPending(weeks.points, usePending(engine)).get(kpi.name) ?? [];
  // On its first day a week has no number: the one before it is shown.
  const behind = weekly.at(-1)?.value === undefined && weekly.at(-2)?.value !== undefined ? 1 : 0;
  const week = weekly.at(-1 - behind);
  const before = weekly.at(-2 - behind);
  const days = daily.map((point) => point.firstDay);
  const ships = marksOf(shipped, days, engine.timeZone);
  const values = daily.map((point) => point.value);
  const judged = judgedOf(daily);
  const limits = limitsOf(judged);
  const signals = limits ? signalsOf(judged, limits) : [];
  const standing = standingOf(kpi, week);
  const off = overTarget(week);
  const unit = unitOf(kpi, t, week?.value);
  const say = (value: number | undefined) => formatValue(kpi, value, f);
  const dateAt = (index: number) => f.date(noonOf(daily[index]!.firstDay), now);
  return (
    <section className="kpi" id={idOf(kpi.name)}>
      <div className="kside">
        <h3>{textIn(kpi.displayNames, language)}</h3>
        <span className="fig">
          {week?.value === undefined ? (
            "–"
          ) : (
            <button type="button" className="number" title={t.why.ask} onClick={() => setAsking(true)}>
              {say(week.value)}
              <small>{unit}</small>
            </button>
          )}
        </span>
        <p className="meta">
          {[
            behind ? t.engine.lastPeriods.week : t.engine.periods.week,
            week?.soFar ? t.engine.soFar : week && isPartial(kpi, week) && t.engine.daysMissing(f.count(week.missing)),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
        {before?.value !== undefined && <p className="meta">{t.engine.wasBefore(formatWithUnit(kpi, before.value, t, f))}</p>}
        {week?.target !== undefined && <p className="meta">{t.engine.target(formatWithUnit(kpi, week.target, t, f))}</p>}
        {off !== undefined && (standing === "good" || standing === "bad") && (
          <p className={`st ${standing}`}>
            <i aria-hidden="true">{standing === "good" ? "▲" : "▼"}</i>
            {t.stage.offTarget(f.percent(Math.abs(off), 0), off)}
          </p>
        )}
      </div>
      <div>
        {values.some((value) => value !== undefined) ? (
          <XmrChart
            label={textIn(kpi.displayNames, language)}
            days={days}
            values={values}
            limits={limits}
            signals={signals}
            target={daily[daily.length - 1]?.target}
            ships={ships}
            say={say}
          />
        ) : series.error ? (
          <Failure error={series.error} onRetry={series.readAnew} />
        ) : (
          series.known && <p className="t3 none-yet">{t.stage.noNumbers}</p>
        )}
        {limits && !signals.length && <p className="signals">{t.stage.usual}</p>}
        {!limits && values.some((value) => value !== undefined) && <p className="signals">{t.stage.fewNumbers}</p>}
        {signals.length > 0 && (
          <ul className="signals">
            {signals.map((signal, index) => (
              <li key={index}>
                <b className="bad">{String.fromCharCode(65 + index)}</b>
                {signal.kind === "outside"
                  ? t.stage.outside(dateAt(signal.first), say(values[signal.first]), signal.above, say(signal.above ? limits!.upper : limits!.lower))
                  : t.stage.run(dateAt(signal.first), f.count(signal.last - signal.first + 1), signal.above)}
              </li>
            ))}
          </ul>
        )}
        {ships.length > 0 && values.some((value) => value !== undefined) && (
          <ol className="ship-names" aria-label={t.stage.shipped}>
            {ships.map(({ change, title, at }, index) => (
              <li key={index}>
                <i aria-hidden="true">{index + 1}</i>
                <Link href={`/changes/${idOf(change)}`}>{title}</Link>
                <span className="t3">{dateAt(at)}</span>
              </li>
            ))}
          </ol>
        )}
        <Remarks engine={engine.name} kpis={[kpi]} granularity={Granularity.WEEK} day={today} />
      </div>
      {asking && week && <WhyKpi engine={engine.name} kpi={kpi} point={week} onClose={() => setAsking(false)} />}
    </section>
  );
}
