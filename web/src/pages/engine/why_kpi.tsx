// Where a number comes from: how it is made, of which days, and who entered them.
import { useQuery } from "@connectrpc/connect-query";
import { Link } from "wouter";

import type { Kpi, Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { KpiService } from "@protos/dangol/metrics/v1/kpi_service_pb";
import { noonOf } from "../../base/days";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { dateOf } from "../../format/time";
import { useMemberNames } from "../../parts/members";
import { Failure } from "../../parts/small";
import { WhyDialog } from "../../parts/why_dialog";
import { useWords } from "../../words/words";
import { isComputed, useSeries } from "./data";
import { formatValue, formatWithUnit, hasTwoParts } from "./values";

// Who entered a day last, and when.
function EnteredBy({ kpi, day }: { kpi: Kpi; day: string }) {
  const nameOf = useMemberNames();
  const { f } = useWords();
  const query = useQuery(KpiService.method.listObservationRevisions, { parent: `${kpi.name}/observations/${day}`, pageSize: 1 });
  const newest = query.data?.revisions[0]?.observation;
  const at = dateOf(newest?.recordTime);
  return <>{newest ? [nameOf(newest.recordedBy), at && f.dateTime(at)].filter(Boolean).join(" · ") : ""}</>;
}

// The days of a period as rows of a table.
export function dayRows(kpi: Kpi, days: Point[], head: string[]): string[][] {
  const rows = days.map((point) => [
    point.firstDay,
    ...(hasTwoParts(kpi.kind) ? [String(point.numerator ?? ""), String(point.denominator ?? "")] : []),
    String(point.value ?? ""),
  ]);
  return [head, ...rows];
}

interface Props {
  engine: string;
  kpi: Kpi;
  point: Point;
  onClose: () => void;
}

export function WhyKpi({ engine, kpi, point, onClose }: Props) {
  const { t, f, language } = useWords();
  const series = useSeries(engine, [kpi], point.firstDay, point.lastDay, "day");
  const days = series.points.get(kpi.name) ?? [];
  const two = hasTwoParts(kpi.kind);
  const computed = isComputed(kpi);
  const head = [t.loop.day, ...(two ? [t.stage.numerator, t.stage.denominator] : []), t.engine.value];
  const number = (value: number | undefined) => (value === undefined ? "–" : f.decimal(value, Number.isInteger(value) ? 0 : 2));
  const period = f.range(noonOf(point.firstDay), noonOf(point.lastDay));
  const parts = two && point.numerator !== undefined ? ` ${number(point.numerator)} / ${number(point.denominator)}` : "";
  const row = (day: Point) => [
    f.date(noonOf(day.firstDay)),
    ...(two ? [number(day.numerator), number(day.denominator)] : []),
    day.notApplicable ? t.stage.na : formatValue(kpi, day.value, f),
    ...(computed ? [] : [day.recorded ? <EnteredBy kpi={kpi} day={day.firstDay} /> : day.missing ? t.stage.late : ""]),
  ];
  // Neither entered nor missed: their time has not come.
  const later = days.filter((day) => !day.recorded && !day.missing && !day.notApplicable).length;
  return (
    <WhyDialog
      name={textIn(kpi.displayNames, language)}
      value={formatWithUnit(kpi, point.value, t, f)}
      period={point.soFar ? `${period} · ${t.engine.soFar}` : period}
      facts={[
        [t.why.formula, `${t.why.formulas[kpi.kind]}${parts}`],
        [t.why.source, computed ? t.why.computed : t.why.byHand],
        [t.why.counts, textIn(kpi.definition, language)],
        [t.why.days, computed ? "" : t.why.known(f.count(point.recorded), f.count(point.missing), f.count(point.notApplicable), later ? f.count(later) : "")],
      ]}
      head={computed ? head : [...head, t.why.enteredBy]}
      texts={[t.why.enteredBy]}
      rows={days.map((day) => ({ key: day.firstDay, cells: row(day) }))}
      failure={series.error && <Failure error={series.error} />}
      file={`dangol-${idOf(kpi.name)}-${point.firstDay}`}
      saved={() => dayRows(kpi, days, head)}
      onClose={onClose}
    >
      {kpi.stage && <Link href={`/stage/${idOf(engine)}/${idOf(kpi.stage)}`}>{t.why.toStage}</Link>}
    </WhyDialog>
  );
}
