// The foot of an engine's period: what was shipped, who has not said, what was said of it, and who has read it.
import { Link } from "wouter";

import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import type { Kpi } from "@protos/dangol/metrics/v1/kpi_pb";
import type { Report as ReportData } from "@protos/dangol/metrics/v1/report_pb";
import { dayIn, noonOf, type Day, type PeriodLength } from "../../base/days";
import { idOf, requestId } from "../../base/ids";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { say, sayFailure } from "../../base/toast";
import { dateOf } from "../../format/time";
import { Icon } from "../../parts/icon";
import { memberOfDevice } from "../../parts/member_field";
import { useMemberNames } from "../../parts/members";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { EffectMark } from "../change/effect_mark";
import { GRANULARITIES, readNumbersAnew, useReport } from "./data";
import { Remarks, reviews } from "./remarks";

function Shipped({ report }: { report: ReportData }) {
  const { t, f } = useWords();
  if (!report.shipped.length) return null;
  return (
    <section>
      <h3>{t.engine.shipped}</h3>
      <ul className="shipped">
        {report.shipped.map((change) => {
          const at = dateOf(change.shipTime);
          return (
            <li key={change.change}>
              <time className="t3">{at && f.date(at)}</time>
              <Link href={`/changes/${idOf(change.change)}`}>{change.title || idOf(change.change)}</Link>
              <EffectMark change={change.change} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Missing({ report }: { report: ReportData }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  if (!report.missing.length) return null;
  return (
    <p className="meta">
      {report.missing
        .map(({ member, entries, oldestDay }) => t.engine.missingBy(nameOf(member) || t.engine.nobody, f.count(entries), f.date(noonOf(oldestDay))))
        .join(" · ")}
    </p>
  );
}

function Reviews({ engine, report, length, day }: { engine: Engine; report: ReportData; length: PeriodLength; day: Day }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const now = useNow();
  const member = memberOfDevice();
  // Who looked into it before it was complete has yet to read it.
  const isWhole = (at: Date | undefined) => at !== undefined && dayIn(engine.timeZone, at) > report.lastDay;
  const read = report.reviews.some((one) => one.member === member && (report.soFar || isWhole(dateOf(one.time))));
  const confirm = () => {
    if (!member) return say(t.inbox.whoFirst, { bad: true });
    reviews
      .recordReportReview({ parent: engine.name, requestId: requestId(), granularity: GRANULARITIES[length], day, member })
      .then(readNumbersAnew, (error: unknown) => sayFailure(error, t));
  };
  return (
    <footer className="read-foot">
      <p className="meta">
        {report.reviews.length
          ? report.reviews
              .map((one) => {
                const at = dateOf(one.time);
                return t.engine.readBy(nameOf(one.member), at ? f.dateTime(at, now) : "");
              })
              .join(" · ")
          : t.engine.readByNobody}
      </p>
      {!read && may("metrics.enter") && (
        <button type="button" className="btn lg primary" onClick={confirm}>
          <Icon name="check" /> {t.engine.iRead}
        </button>
      )}
    </footer>
  );
}

interface Props {
  engine: Engine;
  kpis: Kpi[];
  length: PeriodLength;
  day: Day;
}

export function Report({ engine, kpis, length, day }: Props) {
  const { t } = useWords();
  const query = useReport(engine, length, day);
  const report = query.data;
  if (!report) return query.error ? <Failure error={query.error} onRetry={() => void query.refetch()} /> : null;
  return (
    <>
      <Missing report={report} />
      <Shipped report={report} />
      {kpis.length > 0 && (
        <section className="said">
          <h3>{t.remark.title}</h3>
          <Remarks engine={engine.name} kpis={kpis} granularity={GRANULARITIES[length]} day={day} firstDay={report.firstDay} />
        </section>
      )}
      <Reviews engine={engine} report={report} length={length} day={day} />
    </>
  );
}
