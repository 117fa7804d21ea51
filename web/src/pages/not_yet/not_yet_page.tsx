// Not yet: what cannot be done today, and who waits for it.
import "../../style/calm.css";
import "../../style/engine.css";

import { useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { Link } from "wouter";

import type { Gap } from "@protos/dangol/metrics/v1/gap_pb";
import { KpiService } from "@protos/dangol/metrics/v1/kpi_service_pb";
import { Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { Page } from "../../app/shell";
import { idOf } from "../../base/ids";
import { nameOfSlug } from "../../base/names";
import { useNow } from "../../base/now";
import { PAGED } from "../../base/pages";
import { firstWords } from "../../base/texts";
import { dateOf } from "../../format/time";
import { CsvButton } from "../../parts/csv_button";
import { useShownWords, useWho } from "../../parts/customer";
import { Empty, Failure, Quote } from "../../parts/small";
import { useWords } from "../../words/words";
import { pathOf } from "../inbox/views";

const VOICES = 3;

// Those whom nobody knows count once for each complaint.
function peopleOf(gap: Gap): number {
  return Number(gap.customers + gap.anonymous);
}

function Voice({ ticket }: { ticket: Ticket }) {
  const { t, f } = useWords();
  const now = useNow();
  const { name: who } = useWho(ticket.anonymous ? "" : ticket.customer);
  const received = dateOf(ticket.receiveTime);
  return (
    <Quote text={useShownWords(ticket, firstWords(ticket) || t.inbox.noWords)} lang={ticket.language}>
      {who && `${who} · `}
      {received && `${f.date(received, now)} · `}
      <Link href={pathOf(idOf(ticket.name), "notYet")}>{t.loop.toTicket}</Link>
    </Quote>
  );
}

function Waiting({ gap }: { gap: Gap }) {
  const { t, f } = useWords();
  const now = useNow();
  const first = dateOf(gap.firstReceiveTime);
  const query = useInfiniteQuery(
    TicketService.method.listTickets,
    { capabilityGap: gap.capabilityGap, states: [Ticket_State.NOT_YET], pageSize: VOICES, pageToken: "" },
    PAGED,
  );
  // What those who waited last were told.
  const until = query.data?.pages[0]?.tickets.map(({ decision }) => decision?.revisitCondition).find(Boolean);
  return (
    <section className="kpi">
      <div className="kside">
        <h3>{nameOfSlug(gap.capabilityGap)}</h3>
        <span className="fig">
          {f.count(peopleOf(gap))}
          <small>{peopleOf(gap) === 1 ? (t.unitOne.people ?? t.unit.people) : t.unit.people}</small>
        </span>
        <p className="meta">{t.notYet.tickets(f.count(gap.tickets))}</p>
        {first && <p className="meta">{t.notYet.since(f.date(first, now))}</p>}
        {until && (
          <p className="meta" dir="auto">
            {t.notYet.until(until)}
          </p>
        )}
      </div>
      <div className="voices">
        {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
        {query.data?.pages.flatMap((page) => page.tickets).map((ticket) => (
          <Voice key={ticket.name} ticket={ticket} />
        ))}
        {query.hasNextPage && (
          <button type="button" className="btn quiet" onClick={() => void query.fetchNextPage()}>
            {t.more}
          </button>
        )}
      </div>
    </section>
  );
}

export default function NotYetPage() {
  const { t, f } = useWords();
  const query = useQuery(KpiService.method.getGapReport, {});
  const gaps = query.data?.gaps ?? [];
  const rows = () => [
    [t.inbox.gap, t.csv.tickets, t.change.numberPeople, t.notYet.first],
    ...gaps.map((gap) => [gap.capabilityGap, String(gap.tickets), String(peopleOf(gap)), dateOf(gap.firstReceiveTime)?.toISOString() ?? ""]),
  ];
  if (query.data && !gaps.length) {
    return (
      <Page title={t.nav.notYet} className="emptyd">
        <Empty title={[t.notYet.none]} text={t.notYet.noneText} way={{ href: "/inbox", label: t.error.toInbox }} />
      </Page>
    );
  }
  return (
    <Page title={t.nav.notYet} className="calm">
      <div className="page" aria-busy={query.isPending}>
        {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
        {gaps[0] && (
          <header className="lead">
            <h2 className="say">{t.notYet.say(f.count(gaps.length))}</h2>
            <p className="sub">
              {t.notYet.most(nameOfSlug(gaps[0].capabilityGap), f.count(peopleOf(gaps[0])))} <CsvButton name="not-yet" rows={rows} />
            </p>
          </header>
        )}
        {gaps.map((gap) => (
          <Waiting key={gap.capabilityGap} gap={gap} />
        ))}
      </div>
    </Page>
  );
}
