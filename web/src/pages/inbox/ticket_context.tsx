// Beside the complaint: its change, its path, and others of the same reason.
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { Link } from "wouter";

import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { Customer_State } from "@protos/dangol/tickets/v1/customer_pb";
import { Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { knownTicket } from "../../base/cache";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { useCustomer, useWho } from "../../parts/customer";
import { FirstWords } from "../../parts/first_words";
import { useReasonNames } from "../../parts/reasons";
import { ChangeChip, Key } from "../../parts/small";
import { useWords } from "../../words/words";
import { ACCEPTING } from "./views";

const SAME_MAX = 6;

const OTHERS_MAX = 3;
const SIMILAR_MAX = 3;
const CHANGES_READ = 200;

// Who it is, and what else they said.
function Who({ name, ticket }: { name: string; ticket: string }) {
  const { t, f } = useWords();
  const { name: shown } = useWho(name);
  const customer = useCustomer(name).data;
  const query = useQuery(TicketService.method.listTickets, { customer: name, pageSize: 100 });
  const others = (query.data?.tickets ?? []).filter((one) => one.name !== ticket);
  return (
    <section>
      <div className="name">
        <Link href={`/customers/${idOf(name)}`}>{shown || "…"}</Link>
        {customer?.segment && <span className="chip accent">{customer.segment}</span>}
      </div>
      {others.length > 0 && (
        <>
          <p className="t3">{t.customer.others(f.count(others.length) + (query.data?.nextPageToken ? "+" : ""))}</p>
          {others.slice(0, OTHERS_MAX).map((one) => (
            <Link key={one.name} className="simrow" href={`/inbox/${idOf(one.name)}?view=all`} lang={one.language || undefined}>
              <FirstWords ticket={one} />
            </Link>
          ))}
        </>
      )}
    </section>
  );
}

// Not known as anybody, but there may be a name or a number to call back.
function Unknown({ name }: { name: string }) {
  const { t } = useWords();
  const customer = useCustomer(name).data;
  const said = customer?.state === Customer_State.ACTIVE ? [customer.displayName, ...customer.contactPoints.map(({ value }) => value)].filter(Boolean) : [];
  if (!said.length) return null;
  return (
    <section>
      <div className="name">
        <Link href={`/customers/${idOf(name)}`}>{said.join(" · ")}</Link>
      </div>
      <p className="t3">{t.customer.anonymous}</p>
    </section>
  );
}

function LinkedChange({ ticket }: { ticket: Ticket }) {
  const { t, f } = useWords();
  const query = useQuery(ChangeService.method.getChange, { name: ticket.change });
  const change = query.data;
  return (
    <section>
      <h3>{t.inbox.change}</h3>
      <div className="simchg">
        <Link className="ttl" href={`/changes/${idOf(ticket.change)}`}>
          {change?.title ?? idOf(ticket.change)}
        </Link>
        <div className="sub">
          {change && <ChangeChip state={change.state} />}
          {change?.evidence && <span>{t.inbox.acceptDemands(f.count(change.evidence.demands))}</span>}
        </div>
        <p className="t3">
          {ticket.confirmTime ? t.inbox.confirmed : t.inbox.notConfirmed}
          {ticket.late && ` · ${t.inbox.late}`}
        </p>
      </div>
    </section>
  );
}

// Changes that are about the same: accepting into one of them is the usual way.
function SimilarChanges({ reason }: { reason: string }) {
  const { t, f } = useWords();
  const { data } = useQuery(ChangeService.method.listChanges, { states: ACCEPTING, pageSize: CHANGES_READ });
  const similar = (data?.changes ?? []).filter((change) => change.contactReasons.includes(reason)).slice(0, SIMILAR_MAX);
  if (!similar.length) return null;
  return (
    <section>
      <h3>{t.inbox.similarChanges}</h3>
      {similar.map((change) => (
        <div key={change.name} className="simchg">
          <Link className="ttl" href={`/changes/${idOf(change.name)}`}>
            {change.title}
          </Link>
          <div className="sub">
            <ChangeChip state={change.state} />
            {change.evidence && <span>{t.inbox.acceptDemands(f.count(change.evidence.demands))}</span>}
          </div>
        </div>
      ))}
    </section>
  );
}

// How many of the four steps a state has behind it.
const REACHED: Partial<Record<Ticket_State, number>> = { [Ticket_State.RECEIVED]: 1, [Ticket_State.HEARD]: 2, [Ticket_State.NOT_YET]: 3, [Ticket_State.ACCEPTED]: 3 };

// The steps as the ticket itself has them; the Loop page has all of them.
function MiniPath({ ticket }: { ticket: Ticket }) {
  const { t, f } = useWords();
  const now = useNow();
  const decided = ticket.change ? t.loopNode.accepted : t.loopNode.decided;
  // What was taken back, or came again, is on its way once more.
  const reached = REACHED[ticket.state] ?? 4;
  const steps: [string, Date | undefined][] = [
    [t.loopNode.received, dateOf(ticket.receiveTime)],
    [t.loopNode.heard, dateOf(ticket.hearTime)],
    [decided, dateOf(ticket.decideTime)],
    [t.loopNode.answered, dateOf(ticket.answerTime)],
  ];
  const nodes = steps.map(([name, at], index) => [name, index < reached ? at : undefined] as const);
  return (
    <section>
      <h3>{t.inbox.path}</h3>
      <ol className="ladder" aria-label={t.inbox.path}>
        {nodes.map(([name, at], index) => {
          const now_ = at && !nodes.slice(index + 1).some(([, later]) => later);
          return (
            <li key={name} className={now_ ? "now" : at ? "" : "todo"}>
              <b>{name}</b>
              {at ? f.moment(at, now) : "–"}
            </li>
          );
        })}
      </ol>
      <Link className="more" href={`/loop/${idOf(ticket.name)}`}>
        {t.inbox.pathSteps}
      </Link>
    </section>
  );
}

function Attributes({ ticket }: { ticket: Ticket }) {
  const { t } = useWords();
  const attributes = Object.entries(ticket.attributes);
  const { source } = ticket;
  if (!attributes.length && !ticket.labels.length && !source?.externalId) return null;
  return (
    <section>
      <h3>{t.inbox.attributes}</h3>
      <dl className="facts-list">
        {source?.externalId && (
          <div>
            <dt>{source.connection || t.inbox.source}</dt>
            <dd>{source.externalId}</dd>
          </div>
        )}
        {ticket.labels.length > 0 && (
          <div>
            <dt>{t.inbox.labels}</dt>
            <dd>{ticket.labels.join(", ")}</dd>
          </div>
        )}
        {attributes.map(([name, value]) => (
          <div key={name}>
            <dt>{name.replace(/[-_]/g, " ")}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

interface Props {
  name: string;
  others: Ticket[];
  onSelectSame: () => void;
  onOpen: (name: string) => void;
}

export function TicketContext({ name, others, onSelectSame, onOpen }: Props) {
  const { t } = useWords();
  const reasons = useReasonNames();
  const [known] = useState(() => knownTicket(name));
  const query = useQuery(
    TicketService.method.getTicket,
    { name },
    { enabled: Boolean(name), ...(known?.name === name && { initialData: known }) },
  );
  const ticket = query.data ?? others.find((one) => one.name === name);
  if (!ticket) return <aside className="context" aria-label={t.inbox.context} />;
  const same = others.filter((one) => one.contactReason && one.contactReason === ticket.contactReason && one.name !== name);
  return (
    <aside className="context" aria-label={t.inbox.context}>
      {ticket.acceptanceRefusal && (
        <section>
          <p className="bad">{t.inbox.refused[ticket.acceptanceRefusal.reason]}</p>
        </section>
      )}
      {ticket.customer && may("customers.read") && (ticket.anonymous ? <Unknown name={ticket.customer} /> : <Who name={ticket.customer} ticket={name} />)}
      <MiniPath ticket={ticket} />
      {ticket.change ? <LinkedChange ticket={ticket} /> : ticket.contactReason && <SimilarChanges reason={ticket.contactReason} />}
      {same.length > 0 && (
        <section>
          <h3>
            {t.inbox.sameReason(reasons.full(ticket.contactReason))}
            <button type="button" className="key-button" aria-label={t.inbox.selectSame} onClick={onSelectSame}>
              <Key of="*" />
            </button>
          </h3>
          {same.slice(0, SAME_MAX).map((one) => (
            <button key={one.name} type="button" className="simrow" lang={one.language || undefined} onClick={() => onOpen(one.name)}>
              <FirstWords ticket={one} />
            </button>
          ))}
        </section>
      )}
      <Attributes ticket={ticket} />
    </aside>
  );
}
