// What was complained of at a stage lately, by reason.
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";
import { Link } from "wouter";

import { Ticket_Kind } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { useNow } from "../../base/now";
import { FirstWords } from "../../parts/first_words";
import { useReasonNames } from "../../parts/reasons";
import { useWords } from "../../words/words";
import { pathOf } from "../inbox/views";
import { byReason } from "./by_reason";

const DAYS = 28;
const HOUR_MS = 3_600_000;
const READ_MAX = 500;
const SHOWN = 5;

export function Complaints({ stage }: { stage: string }) {
  const { t, f } = useWords();
  const reasons = useReasonNames();
  const hour = Math.floor(useNow(HOUR_MS).getTime() / HOUR_MS);
  const from = useMemo(() => timestampFromDate(new Date((hour - DAYS * 24) * HOUR_MS)), [hour]);
  const query = useQuery(TicketService.method.listTickets, {
    stage,
    kinds: [Ticket_Kind.COMPLAINT, Ticket_Kind.REQUEST],
    receiveFromTime: from,
    pageSize: READ_MAX,
  });
  const tickets = query.data?.tickets ?? [];
  if (!tickets.length) return null;
  const groups = byReason(tickets);
  const most = groups[0]!.tickets.length;
  return (
    <section className="kpi">
      <div className="kside">
        <h3>{t.stage.complaints}</h3>
        <span className="fig">
          {f.count(tickets.length)}
          {query.data?.nextPageToken && "+"}
          <small>{t.stage.complaintsUnit}</small>
        </span>
        <p className="meta">{t.loop.period(f.count(DAYS))}</p>
      </div>
      <ul className="reason-bars">
        {groups.slice(0, SHOWN).map(({ reason, tickets: of }) => (
          <li key={reason}>
            {reason ? <Link href={pathOf("", "all", reason)}>{reasons.last(reason)}</Link> : <span>{t.none}</span>}
            <i style={{ "--w": `${(100 * of.length) / most}%` }} />
            <b>{f.count(of.length)}</b>
            <q lang={of[0]!.language || undefined} dir="auto">
              <FirstWords ticket={of[0]!} />
            </q>
          </li>
        ))}
      </ul>
    </section>
  );
}
