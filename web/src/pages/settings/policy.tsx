// The triage policy: when the team works, how soon it answers, who gets what.
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import type { TriagePolicy } from "@protos/dangol/tickets/v1/policy_pb";
import { PolicyService } from "@protos/dangol/tickets/v1/policy_service_pb";
import { noonOf } from "../../base/days";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { Facts, Failure } from "../../parts/small";
import { Table } from "../../parts/table";
import { useWords, type Words } from "../../words/words";
import { PolicyDialog } from "./policy_dialog";
import { Rules } from "./rules";
import { daysOf, hoursOf, SEVERITIES, timesOf, weekOf } from "./policy_form";

// Half an hour is 30 minutes.
function worked(minutes: number, p: Words["settings"]["policy"]): string {
  return minutes < 60 ? p.workMinutes(String(minutes)) : p.workHours(hoursOf(minutes));
}

function Times({ policy }: { policy: TriagePolicy }) {
  const { t } = useWords();
  const p = t.settings.policy;
  return (
    <Table label={p.times} head={[t.inbox.severity, p.replyWithin, p.decideWithin]} numbers={[1, 2]} className="policy" onPhones="table">
      {SEVERITIES.map((severity) => {
        const times = timesOf(policy.responseTimes, severity);
        return (
          <tr key={severity}>
            <th scope="row">{t.severity[severity]}</th>
            <td className="r">{times ? worked(times.replyMinutes, p) : p.default}</td>
            <td className="r">{times ? worked(times.decideMinutes, p) : p.default}</td>
          </tr>
        );
      })}
    </Table>
  );
}

function PolicyFacts({ policy }: { policy: TriagePolicy }) {
  const { t, f } = useWords();
  const now = useNow();
  const p = t.settings.policy;
  const holidays = [...policy.holidayCalendars.map((one) => p.calendars[one]), ...policy.extraHolidays.map((day) => f.date(noonOf(day), now))].join(", ");
  const facts: [string, string][] = [
    [p.zone, policy.timeZone],
    ...weekOf(policy.openingHours).map(({ first, last, hours }): [string, string] => [
      first === last ? p.weekdays[first]! : p.daysFromTo(p.weekdays[first]!, p.weekdays[last]!),
      hours ? hours.replaceAll("-", t.fromTo) : p.closed,
    ]),
    [p.holidays, holidays || t.none],
    [p.holidaysEnd, policy.holidaysEndDay && f.date(noonOf(policy.holidaysEndDay), now)],
    [p.closedAfter, p.after(daysOf(policy.closeAfterHours))],
    [p.quiet, policy.quietHours ? policy.quietHours.beginTime + t.fromTo + policy.quietHours.endTime : t.none],
  ];
  return <Facts of={facts} className="policy" />;
}

// What holds before somebody has said where the team works.
const UTC = "UTC";

export function Policy() {
  const { t } = useWords();
  const p = t.settings.policy;
  const query = useQuery(PolicyService.method.getTriagePolicy, {});
  const [editing, setEditing] = useState(false);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <>
      <section className="lead">
        <h2>{t.settings.parts.policy}</h2>
        <p className="sub">{p.text}</p>
        {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
        {query.data && (
          <>
            <Times policy={query.data} />
            <PolicyFacts policy={query.data} />
            {query.data.timeZone === UTC && here !== UTC && <p className="sub">{p.otherZone(here)}</p>}
            {may("policy.write") && (
              <p className="alt">
                <button type="button" className="btn" onClick={() => setEditing(true)}>
                  {p.edit}
                </button>
              </p>
            )}
            {editing && <PolicyDialog policy={query.data} onClose={() => setEditing(false)} />}
          </>
        )}
      </section>
      {query.data && <Rules policy={query.data} />}
    </>
  );
}
