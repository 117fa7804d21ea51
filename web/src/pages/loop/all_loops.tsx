import { useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { useMemo, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";

import { LoopService } from "@protos/dangol/metrics/v1/loop_service_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { dayIn, daysUntil } from "../../base/days";
import { useNow } from "../../base/now";
import { PAGED, useAllPages } from "../../base/pages";
import { CsvButton } from "../../parts/csv_button";
import { LineChart } from "../../parts/line_chart";
import { Failure } from "../../parts/small";
import { WriteDown } from "../../parts/write_down";
import { useWords } from "../../words/words";
import { flowOf, totalOf } from "./flow";
import { WhyState } from "./why_state";

const PERIODS = [7, 30, 90, 365];
const DEFAULT_PERIOD = 90;
const HOUR_MS = 3_600_000;

// In the order of the path; what leads aside is indented.
const BARS: [Ticket_State, boolean, string][] = [
  [Ticket_State.RECEIVED, false, "open"],
  [Ticket_State.HEARD, false, "open"],
  [Ticket_State.NOT_YET, true, "notYet"],
  [Ticket_State.ACCEPTED, false, "accepted"],
  [Ticket_State.ANSWERED, false, "answered"],
  [Ticket_State.CLOSED, true, "all"],
];

function hrefOf(view: string): string {
  return view === "open" ? "/inbox" : `/inbox?view=${view}`;
}

function useCounts(firstDay: string, lastDay: string) {
  const query = useInfiniteQuery(
    LoopService.method.listStateCounts,
    { firstDay, lastDay, pageSize: 1000, pageToken: "" },
    PAGED,
  );
  useAllPages(query);
  return query;
}

function periodOf(search: string): number {
  const days = Number(new URLSearchParams(search).get("days"));
  return PERIODS.includes(days) ? days : DEFAULT_PERIOD;
}

export function AllLoops({ first }: { first: boolean }) {
  const { t, f } = useWords();
  const [path, go] = useLocation();
  const period = periodOf(useSearch());
  const now = useNow(HOUR_MS);
  // The ledger counts by days of UTC.
  const today = dayIn("UTC", now);
  const days = useMemo(() => daysUntil(today, period), [today, period]);
  // Complaints are there, and older.
  const older = useQuery(TicketService.method.countTickets, {}).data?.states.some(({ tickets }) => tickets > 0n);
  const query = useCounts(days[0]!, days[days.length - 1]!);
  const flow = useMemo(() => flowOf(query.data?.pages.flatMap((page) => page.counts) ?? [], days), [query.data, days]);

  const [why, setWhy] = useState<Ticket_State>();
  const count = (state: Ticket_State) => totalOf(flow, state);
  const seriesOf = (state: Ticket_State) => flow.get(state) ?? days.map(() => 0);
  const coming = seriesOf(Ticket_State.RECEIVED);
  const answers = seriesOf(Ticket_State.ANSWERED);
  const rows = () => [
    [t.loop.day, t.ticketState[Ticket_State.RECEIVED]!, t.ticketState[Ticket_State.ANSWERED]!],
    ...days.map((day, index) => [day, String(coming[index]), String(answers[index])]),
  ];
  const received = count(Ticket_State.RECEIVED);
  const most = Math.max(1, ...BARS.map(([state]) => count(state)));
  const head = received ? t.loop.flowSay(f.count(received), f.count(count(Ticket_State.ANSWERED)), f.count(period)) : t.loop.flowNone(f.count(period));
  return (
    <section className={first ? "lead" : ""}>
      <div className="period seg" role="group" aria-label={t.loop.period(f.count(period))}>
        {PERIODS.map((one) => (
          <button key={one} type="button" aria-pressed={one === period} onClick={() => go(`${path}?days=${one}`, { replace: true })}>
            {t.loop.period(f.count(one))}
          </button>
        ))}
      </div>
      {first ? <h2 className="say">{head}</h2> : <h3>{t.loop.flow}</h3>}
      {first && query.data && !received && (
        <>
          <p className="sub">{older ? t.loop.older : t.loop.emptyText}</p>
          {!older && <WriteDown />}
        </>
      )}
      {!first && <p className="sub">{head}</p>}
      {query.error ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        received > 0 && (
          <>
            <ul className="flow-bars">
              {BARS.map(
                ([state, aside, view]) =>
                  (count(state) > 0 || !aside) && (
                    <li key={state} className={aside ? "aside" : ""}>
                      <Link href={hrefOf(view)}>{t.ticketState[state]}</Link>
                      <i className="bar" style={{ "--w": `${(100 * count(state)) / most}%` }} />
                      <button type="button" className="number" aria-label={`${t.ticketState[state]} ${f.count(count(state))}, ${t.why.ask}`} onClick={() => setWhy(state)}>
                        {f.count(count(state))}
                      </button>
                    </li>
                  ),
              )}
            </ul>
            <p className="meta">{t.loop.flowHint}</p>
            <section>
              <h3>
                {t.loop.daily} <CsvButton name="loop" rows={rows} />
              </h3>
              <p className="sub">{t.loop.dailySay}</p>
              <LineChart
                caption=""
                days={days}
                lines={[
                  { label: t.ticketState[Ticket_State.RECEIVED]!, values: coming },
                  { label: t.ticketState[Ticket_State.ANSWERED]!, values: answers, dashed: true },
                ]}
              />
            </section>
          </>
        )
      )}
      {why !== undefined && <WhyState state={why} days={days} series={seriesOf(why)} href={hrefOf(BARS.find(([state]) => state === why)![2])} onClose={() => setWhy(undefined)} />}
    </section>
  );
}
