// Where a number comes from: how it is made, of which days, and who entered them.
import { useQuery } from "@connectrpc/connect-query";
import { useEffect, useId, useRef } from "react";
import { Link } from "wouter";

import type { Kpi, Point } from "@protos/dangol/metrics/v1/kpi_pb";
import { KpiService } from "@protos/dangol/metrics/v1/kpi_service_pb";
import { noonOf } from "../../base/days";
import { saveCsv } from "../../base/csv";
import { idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { dateOf } from "../../format/time";
import { Icon } from "../../parts/icon";
import { useMemberNames } from "../../parts/members";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { useSeries } from "./data";
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

export function WhyDialog({ engine, kpi, point, onClose }: Props) {
  const { t, f, language } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const series = useSeries(engine, [kpi], point.firstDay, point.lastDay, "day");
  const days = series.points.get(kpi.name) ?? [];
  const two = hasTwoParts(kpi.kind);
  const name = textIn(kpi.displayNames, language);
  const head = [t.loop.day, ...(two ? [t.stage.numerator, t.stage.denominator] : []), t.engine.value];
  const number = (value: number | undefined) => (value === undefined ? "–" : f.decimal(value, Number.isInteger(value) ? 0 : 2));
  const period = f.range(noonOf(point.firstDay), noonOf(point.lastDay));
  return (
    <dialog ref={dialog} className="dialog wide-dialog why" aria-labelledby={heading} onClose={onClose}>
      <header>
        <h2 id={heading}>{t.why.title(name)}</h2>
        <button type="button" className="btn quiet icon" aria-label={t.action.close} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <div className="dialog-body">
        <p className="why-value">
          <b>{formatWithUnit(kpi, point.value, t, f)}</b>{" "}
          <span className="t3">
            {period}
            {point.soFar && ` · ${t.engine.soFar}`}
          </span>
        </p>
        <dl className="facts-list">
          <div>
            <dt>{t.why.formula}</dt>
            <dd>
              {t.why.formulas[kpi.kind]}
              {two && point.numerator !== undefined && ` ${number(point.numerator)} / ${number(point.denominator)}`}
            </dd>
          </div>
          <div>
            <dt>{t.why.source}</dt>
            <dd>{t.why.byHand}</dd>
          </div>
          {textIn(kpi.definition, language) && (
            <div>
              <dt>{t.why.counts}</dt>
              <dd>{textIn(kpi.definition, language)}</dd>
            </div>
          )}
          <div>
            <dt>{t.why.days}</dt>
            <dd>{t.why.known(f.count(point.recorded), f.count(point.missing), f.count(point.notApplicable))}</dd>
          </div>
        </dl>
        {series.error ? (
          <Failure error={series.error} />
        ) : (
          <div className="table-wrap" tabIndex={0} role="group" aria-label={t.why.rows}>
            <table className="ships">
              <thead>
                <tr>
                  {head.map((one, index) => (
                    <th key={one} scope="col" className={index ? "r" : ""}>
                      {one}
                    </th>
                  ))}
                  <th scope="col">{t.why.enteredBy}</th>
                </tr>
              </thead>
              <tbody>
                {days.map((day) => (
                  <tr key={day.firstDay}>
                    <th scope="row">{f.date(noonOf(day.firstDay))}</th>
                    {two && <td className="r">{number(day.numerator)}</td>}
                    {two && <td className="r">{number(day.denominator)}</td>}
                    <td className="r">{day.notApplicable ? t.stage.na : formatValue(kpi, day.value, f)}</td>
                    <td className="t3">{day.recorded ? <EnteredBy kpi={kpi} day={day.firstDay} /> : day.missing ? t.stage.late : ""}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <p className="alt">
          <button type="button" className="btn" onClick={() => saveCsv(`dangol-${idOf(kpi.name)}-${point.firstDay}`, dayRows(kpi, days, head))}>
            {t.action.csvShort}
          </button>{" "}
          {kpi.stage && <Link href={`/stage/${idOf(engine)}/${idOf(kpi.stage)}`}>{t.why.toStage}</Link>}
        </p>
      </div>
    </dialog>
  );
}
