// Which strategies the work followed, month by month, and the generation of marketing that this amounts to.
import { create } from "@bufbuild/protobuf";
import { useQuery } from "@connectrpc/connect-query";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { PointSchema, type Kpi } from "@protos/dangol/metrics/v1/kpi_pb";
import type { StrategyMonth, StrategyShare } from "@protos/dangol/metrics/v1/strategy_pb";
import { failureOf } from "../../base/api";
import { addMonths, noonOf, type Day } from "../../base/days";
import { CsvButton } from "../../parts/csv_button";
import { Failure } from "../../parts/small";
import { Why } from "../../parts/why";
import { useWords } from "../../words/words";
import type { OnWhy } from "./chain";
import { MixBars } from "./mix_bars";
import { mixRows, PARTS, toldOf } from "./mix_values";

const MONTHS = 8;

interface Props {
  engine: Engine;
  kpis: Kpi[];
  today: Day;
  onWhy: OnWhy;
}

function Strategy({ month, of, kpi, onWhy }: { month: StrategyMonth; of: StrategyShare; kpi: Kpi | undefined; onWhy: OnWhy }) {
  const { t, f } = useWords();
  const count = f.count(of.count);
  const why = () => {
    const { firstDay, lastDay, soFar } = month;
    if (kpi) onWhy(kpi, create(PointSchema, { firstDay, lastDay, soFar, value: Number(of.count) }));
  };
  return (
    <li>
      <i className={PARTS.find((part) => part.of.some((one) => one === of.strategy))?.id ?? ""} aria-hidden="true" />
      <span>
        <b>{t.strategy.names[of.strategy]}</b> <span className="t3">{t.strategy.means[of.strategy]}</span>
      </span>
      <span className="r">
        {kpi ? (
          <button type="button" className="number" onClick={why}>
            {count}
          </button>
        ) : (
          count
        )}
      </span>
      <span className="r t3">{f.percent(of.share, 0)}</span>
    </li>
  );
}

export function StrategyMix({ engine, kpis, today, onWhy }: Props) {
  const { t, f, language } = useWords();
  const query = useQuery(EngineService.method.getStrategyMix, { engine: engine.name, firstDay: addMonths(today, 1 - MONTHS), lastDay: today });
  const mix = query.data;
  if (failureOf(query)) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (!mix) return null;
  const { shown, first } = toldOf(mix.months);
  const months = first ? mix.months.slice(mix.months.indexOf(first)) : [];
  const name = (day: Day) => new Intl.DateTimeFormat(language === "ko" ? "ko-KR" : "en-GB", { month: language === "ko" ? "long" : "short", timeZone: "UTC" }).format(noonOf(day));
  const generation = (month: StrategyMonth) => f.decimal(month.generation ?? 0, 1);
  return (
    <section>
      <h3>
        {t.strategy.title} {shown && <CsvButton name="strategy-mix" of={t.strategy.title} rows={() => mixRows(months, [t.csv.firstDay, ...Object.values(t.strategy.names), t.strategy.generation])} />}
      </h3>
      <p className="sub">
        {shown ? t.strategy.say(name(shown.firstDay), generation(shown), shown.soFar) : t.strategy.none}
        {shown && first !== shown && ` ${t.strategy.before(name(first.firstDay), generation(first), generation(first) === generation(shown))}`}
        {mix.counting && ` ${t.strategy.counting}`}
      </p>
      {shown && (
        <>
          <MixBars
            label={t.strategy.title}
            months={months.map((month) => ({ name: name(month.firstDay), month }))}
            shown={shown}
            head={[t.strategy.month, ...Object.values(t.strategy.names), t.strategy.generation]}
          />
          <details className="aside">
            <summary>{t.strategy.ofMonth(name(shown.firstDay))}</summary>
            <ul className="mix">
              {shown.strategies.map((of) => (
                <Strategy key={of.strategy} month={shown} of={of} kpi={kpis.find((kpi) => kpi.system === of.strategy && !kpi.stage)} onWhy={onWhy} />
              ))}
            </ul>
          </details>
          <Why text={t.strategy.why} />
        </>
      )}
    </section>
  );
}
