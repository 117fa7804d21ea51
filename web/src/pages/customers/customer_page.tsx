// One customer: who it is, how to reach the person, and all that was said, the newest first.
import "../../style/calm.css";
import "../../style/customers.css";

import { Code, ConnectError } from "@connectrpc/connect";
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { Link } from "wouter";

import {
  Consent_State,
  ContactPoint_Kind,
  Customer_Kind,
  Customer_State,
  type Consent,
  type Customer,
} from "@protos/dangol/tickets/v1/customer_pb";
import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { Page } from "../../app/shell";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { PAGED } from "../../base/pages";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { useCustomer, useWho } from "../../parts/customer";
import { FirstWords } from "../../parts/first_words";
import { useReasonNames } from "../../parts/reasons";
import { Empty, Facts, Failure, TicketChip } from "../../parts/small";
import { Why } from "../../parts/why";
import { useWords } from "../../words/words";
import { languageName } from "../change/notes";
import { CustomerActs } from "./customer_acts";
import { TicketSteps, useSteps } from "./ticket_steps";

const PAGE_SIZE = 50;

function ConsentLine({ name, consent }: { name: string; consent: Consent | undefined }) {
  const { t, f } = useWords();
  const at = dateOf(consent?.time);
  const given = consent?.state === Consent_State.GIVEN;
  return (
    <span className="consent">
      {name}{" "}
      <b className={given ? "good" : consent ? "warn" : "t3"}>{t.customer.consents[consent?.state ?? 0]}</b>
      {at && ` · ${f.date(at)} · ${consent!.source}`}
    </span>
  );
}

function Timeline({ customer }: { customer: Customer }) {
  const { t, f } = useWords();
  const reasons = useReasonNames();
  const now = useNow();
  const query = useInfiniteQuery(
    TicketService.method.listTickets,
    { customer: customer.name, pageSize: PAGE_SIZE, pageToken: "" },
    PAGED,
  );
  const steps = useSteps(customer);
  const tickets = query.data?.pages.flatMap((page) => page.tickets) ?? [];
  const states = [...new Set(tickets.map((ticket) => ticket.state))].sort((one, other) => one - other);
  const came = states.map((state) => [state, tickets.filter((ticket) => ticket.state === state).length] as const);
  const line = (ticket: Ticket) => {
    const received = dateOf(ticket.receiveTime);
    const channel = ticket.source?.channel ?? "";
    return (
      <li key={ticket.name}>
        <time dateTime={received?.toISOString()}>{received && f.dateTime(received, now)}</time>
        <div>
          <Link href={`/inbox/${idOf(ticket.name)}?view=all`} className="said" lang={ticket.language || undefined}>
            <FirstWords ticket={ticket} />
          </Link>
          <p className="t3">
            <TicketChip state={ticket.state} /> {[t.channel[channel] ?? channel, reasons.full(ticket.contactReason)].filter(Boolean).join(" · ")}
          </p>
          <TicketSteps steps={steps.get(ticket.name) ?? []} />
        </div>
      </li>
    );
  };
  return (
    <section>
      <h3>{t.customer.timeline}</h3>
      {tickets.length > 0 && (
        <>
          <p className="sub">
            {t.customer.said(f.count(tickets.length), query.hasNextPage)} {came.map(([state, count]) => `${t.ticketState[state]} ${f.count(count)}`).join(" · ")}
          </p>
          <Why text={t.customer.saidWhy} />
        </>
      )}
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {!query.isPending && !tickets.length && !query.error && <p className="sub">{t.customer.noHistory}</p>}
      <ol className="timeline">{tickets.map(line)}</ol>
      {query.hasNextPage && (
        <button type="button" className="btn quiet" onClick={() => void query.fetchNextPage()}>
          {t.more}
        </button>
      )}
    </section>
  );
}

function Known({ customer }: { customer: Customer }) {
  const { t, language } = useWords();
  const pairs: [string, string][] = [
    [t.customer.locale, customer.locale && languageName(customer.locale, language)],
    [t.customer.timeZone, customer.timeZone],
    ...customer.externalIds.map(({ system, id }): [string, string] => [system, id]),
    ...Object.entries(customer.attributes).map(([name, value]): [string, string] => [name.replace(/[-_]/g, " "), value]),
  ];
  return (
    <aside className="rail">
      <section>
        <h3>{t.customer.contact}</h3>
        {!customer.contactPoints.length && <p className="t2">{t.customer.noContact}</p>}
        {customer.contactPoints.map((point) => (
          <div key={point.kind + point.value} className="point">
            <p>
              <b>{point.value}</b> <span className="t3">{t.customer.pointKinds[point.kind]}</span>
            </p>
            {point.kind !== ContactPoint_Kind.POSTAL && <ConsentLine name={t.customer.service} consent={point.serviceConsent} />}
            {point.kind !== ContactPoint_Kind.POSTAL && <ConsentLine name={t.customer.marketing} consent={point.marketingConsent} />}
          </div>
        ))}
      </section>
      {pairs.some(([, value]) => value) && (
        <section>
          <h3>{t.inbox.attributes}</h3>
          <Facts of={pairs} />
        </section>
      )}
    </aside>
  );
}

function MaybeSame({ name }: { name: string }) {
  const { name: shown } = useWho(name);
  return <Link href={`/customers/${idOf(name)}`}>{shown || idOf(name)}</Link>;
}

export default function CustomerPage({ id }: { id: string }) {
  const { t } = useWords();
  const query = useCustomer(`customers/${id}`);
  const { name } = useWho(`customers/${id}`);
  const customer = query.data;
  const hidden = !may("customers.read") || (query.error && [Code.NotFound, Code.PermissionDenied].includes(ConnectError.from(query.error).code));
  return (
    <Page title={name || id} crumb={{ href: "/customers", label: t.nav.customers }} className={hidden ? "emptyd" : "calm"}>
      {hidden ? (
        <Empty title={[t.error.hidden]} way={{ href: "/customers", label: t.action.go(t.nav.customers) }} />
      ) : customer ? (
        <div className="page change">
          <header className="chead">
            <div className="facts">
              {customer.segment && <span className="chip accent">{customer.segment}</span>}
              {customer.kind === Customer_Kind.INTERNAL && <span>{t.customer.internal}</span>}
              {customer.anonymous && <span>{t.customer.anonymous}</span>}
              {customer.state !== Customer_State.ACTIVE && <span className="chip warn">{t.customer.states[customer.state]}</span>}
            </div>
            <h2>{name}</h2>
            {customer.possiblySame.length > 0 && (
              <p className="sub">
                {t.customer.maybeSameAs}{" "}
                {customer.possiblySame.map((one, index) => (
                  <span key={one}>
                    {index > 0 && ", "}
                    <MaybeSame name={one} />
                  </span>
                ))}
              </p>
            )}
          </header>
          <CustomerActs customer={customer} />
          <div className="cols">
            <div className="colmain">
              <Timeline customer={customer} />
            </div>
            <Known customer={customer} />
          </div>
        </div>
      ) : (
        <div className="page">{query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}</div>
      )}
    </Page>
  );
}
