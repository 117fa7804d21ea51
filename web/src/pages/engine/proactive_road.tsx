// How many complaints were answered by a changed product, month by month.
import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import { SystemKpi, type Kpi, type Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { addPeriods, noonOf, type Day } from "../../base/days";
import { BarChart } from "../../parts/bar_chart";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import type { OnWhy } from "./chain";
import { useSeries } from "./data";

const MONTHS = 12;

interface Props {
  engine: Engine;
  kpis: Kpi[];
  today: Day;
  onWhy: OnWhy;
}

export function ProactiveRoad({ engine, kpis, today, onWhy }: Props) {
  const { t, f, language } = useWords();
  const kpi = kpis.find((one) => one.system === SystemKpi.PROACTIVE_RATE);
  const series = useSeries(engine.name, kpi ? [kpi] : [], addPeriods(today, "month", 1 - MONTHS), today, "month");
  const all = (kpi && series.points.get(kpi.name)) ?? [];
  const known = all.filter((point) => point.value !== undefined);
  const points = all.slice(all.indexOf(known[0]!));
  if (series.error) return <Failure error={series.error} onRetry={series.readAnew} />;
  if (!kpi || !known.length) return null;
  const month = (point: Point) => new Intl.DateTimeFormat(language === "ko" ? "ko-KR" : "en-GB", { month: language === "ko" ? "long" : "short", timeZone: "UTC" }).format(noonOf(point.firstDay));
  const say = (share: number) => f.percent(share, 0);
  // Some months are over for their number only once what becomes of their complaints is known.
  const whole = known.filter((point) => !point.soFar);
  const newest = whole[whole.length - 1];
  const first = whole[0];
  const told = newest ? t.road.say(month(newest), say(newest.value!)) : t.road.early;
  const before = newest && first && first !== newest ? ` ${t.road.before(month(first), say(first.value!))}` : "";
  return (
    <section>
      <h3>{t.road.title}</h3>
      <p className="sub">
        {told}
        {before}
      </p>
      <BarChart label={t.road.title} bars={points.map((point) => ({ name: month(point), value: point.value, soFar: point.soFar }))} say={say} />
      <p className="meta">
        {t.road.hint}{" "}
        {newest && (
          <button type="button" className="number" onClick={() => onWhy(kpi, newest)}>
            {t.why.ask}
          </button>
        )}
      </p>
    </section>
  );
}
