// What was complained of at a stage lately, by reason.
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";
import { Link } from "wouter";

import { Ticket_Kind, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { failureOf } from "../../base/api";
import { useNow } from "../../base/now";
import { FirstWords } from "../../parts/first_words";
import { useReasonNames } from "../../parts/reasons";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { pathOf } from "../inbox/views";
import { byReason } from "./by_reason";

const DAYS = 28;
const HOUR_MS = 3_600_000;
const READ_MAX = 500;
const SHOWN = 5;
const KINDS = [Ticket_Kind.COMPLAINT, Ticket_Kind.REQUEST];

// Of the last days, and how many there were in as many days before.
export function useStageComplaints(stage: string) {
  const { f } = useWords();
  const hour = Math.floor(useNow(HOUR_MS).getTime() / HOUR_MS);
  const [receiveFromTime, earlier] = useMemo(() => [1, 2].map((times) => timestampFromDate(new Date((hour - times * DAYS * 24) * HOUR_MS))) as [Time, Time], [hour]);
  const query = useQuery(TicketService.method.listTickets, { stage, kinds: KINDS, receiveFromTime, pageSize: READ_MAX });
  const before = useQuery(TicketService.method.listTickets, { stage, kinds: KINDS, receiveFromTime: earlier, receiveBeforeTime: receiveFromTime, pageSize: READ_MAX });
  const tickets = query.data?.tickets ?? [];
  const said = (data: typeof query.data) => (data ? f.count(data.tickets.length) + (data.nextPageToken ? "+" : "") : "–");
  return { ...query, days: DAYS, tickets, groups: byReason(tickets), said: said(query.data), before: said(before.data) };
}

type Time = ReturnType<typeof timestampFromDate>;

export function ReasonBars({ groups }: { groups: { reason: string; tickets: Ticket[] }[] }) {
  const { t, f } = useWords();
  const reasons = useReasonNames();
  const most = groups[0]?.tickets.length ?? 1;
  return (
    <ul className="reason-bars">
      {groups.map(({ reason, tickets: of }) => (
        <li key={reason}>
          {reason ? <Link href={pathOf("", "all", reason)}>{reasons.last(reason)}</Link> : <span>{t.none}</span>}
          <i className="bar" style={{ "--w": `${(100 * of.length) / most}%` }} />
          <b>{f.count(of.length)}</b>
          <q lang={of[0]!.language || undefined} dir="auto">
            <FirstWords ticket={of[0]!} />
          </q>
        </li>
      ))}
    </ul>
  );
}

export function Complaints({ stage }: { stage: string }) {
  const { t, f } = useWords();
  const lately = useStageComplaints(stage);
  if (failureOf(lately)) return <Failure error={lately.error} onRetry={() => void lately.refetch()} />;
  if (!lately.tickets.length) return null;
  return (
    <section className="kpi">
      <div className="kside">
        <h3>{t.stage.complaints}</h3>
        <span className="fig">
          {lately.said}
          <small>{t.stage.complaintsUnit}</small>
        </span>
        <p className="meta">{t.neck.lately(f.count(lately.days), lately.before)}</p>
      </div>
      <ReasonBars groups={lately.groups.slice(0, SHOWN)} />
    </section>
  );
}
