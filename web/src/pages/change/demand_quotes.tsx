// The words behind a change: what those said who ask for it.
import { useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { Link } from "wouter";

import { Demand_State, type Demand } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { PAGED } from "../../base/pages";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { useShownWords, useWho } from "../../parts/customer";
import { Failure, Quote } from "../../parts/small";
import { useWords } from "../../words/words";
import { MoveDialog } from "./move_dialog";

const WORDS_MAX = 280;

function shortened(whole: string): string {
  const text = whole.replace(/\n\s*\n/g, "\n");
  return text.length <= WORDS_MAX ? text : `${text.slice(0, WORDS_MAX).trimEnd()}…`;
}

// With `change` it can be moved from there.
function DemandQuote({ demand, change, accent }: { demand: Demand; change?: string | undefined; accent?: boolean }) {
  const { t, f } = useWords();
  const [moving, setMoving] = useState(false);
  const now = useNow();
  const query = useQuery(TicketService.method.getTicket, { name: demand.ticket });
  const ticket = query.data;
  const words = useShownWords(ticket, shortened(ticket?.body || ticket?.subject || ""));
  const { name: who } = useWho(ticket && !ticket.anonymous ? ticket.customer : "");
  const received = dateOf(demand.receiveTime);
  const channel = ticket?.source?.channel ?? "";
  const standing = demand.recurrence
    ? t.change.demandRecurrence
    : demand.shipment
      ? t.change.demandAnswered
      : demand.state === Demand_State.ACTIVE
        ? ""
        : t.change.demandState[demand.state];
  return (
    <Quote
      text={ticket ? words : query.error ? "–" : "…"}
      lang={ticket?.language ?? ""}
      {...(accent && { accent })}
    >
      <Link href={`/inbox/${idOf(demand.ticket)}?view=all`}>{who || t.channel[channel] || channel || t.loop.toTicket}</Link>
      {received && ` · ${f.date(received, now)}`}
      {standing && (
        <>
          {" · "}
          <span className={demand.recurrence ? "bad" : ""}>{standing}</span>
        </>
      )}
      {change && demand.state === Demand_State.ACTIVE && !demand.shipment && may("changes.write") && (
        <>
          {" · "}
          <button type="button" className="linky" onClick={() => setMoving(true)}>
            {t.change.move}
          </button>
        </>
      )}
      {moving && change && <MoveDialog change={change} ticket={demand.ticket} words={words} onClose={() => setMoving(false)} />}
    </Quote>
  );
}

interface Props {
  change: string;
  // How many at first.
  count: number;
  // With a button for the rest.
  total?: bigint;
  accent?: boolean;
}

export function DemandQuotes({ change, count, total, accent }: Props) {
  const { t } = useWords();
  const query = useInfiniteQuery(ChangeService.method.listDemands, { parent: change, pageSize: count, pageToken: "" }, PAGED);
  const demands = query.data?.pages.flatMap((page) => page.demands) ?? [];
  return (
    <>
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {demands.map((demand) => (
        <DemandQuote key={demand.name} demand={demand} change={total === undefined ? undefined : change} {...(accent && { accent })} />
      ))}
      {total !== undefined && query.hasNextPage && (
        <button type="button" className="btn quiet more-words" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t.more}
        </button>
      )}
    </>
  );
}
