// One complaint: the words, what is known, what was said, and the decision.
import { useQuery } from "@connectrpc/connect-query";
import type { ComponentChildren } from "preact";
import { Suspense, useState } from "react";
import { Link } from "wouter";

import { Ticket_Severity, Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { knownTicket } from "../../base/cache";
import { idOf } from "../../base/ids";
import { nameOfSlug } from "../../base/names";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { dateOf } from "../../format/time";
import { useWho } from "../../parts/customer";
import { Icon } from "../../parts/icon";
import { useMemberNames } from "../../parts/members";
import { useReasonNames } from "../../parts/reasons";
import { part } from "../../parts/scripts";
import { Failure, TicketChip } from "../../parts/small";
import { useWords } from "../../words/words";
import { Composer } from "./composer";
import { Corrections } from "./corrections";
import { DecisionBar } from "./decision_bar";
import { Thread } from "./thread";

// Who waits for less does not wait yet.
const MINUTE_MS = 60_000;
const Attachments = part(() => import("./attachments"));

function Standing({ ticket }: { ticket: Ticket }) {
  const { t, f } = useWords();
  const now = useNow();
  const { name: who } = useWho(ticket.anonymous ? "" : ticket.customer);
  const received = dateOf(ticket.receiveTime);
  const channel = ticket.source?.channel ?? "";
  const severe = ticket.severity === Ticket_Severity.HIGH || ticket.severity === Ticket_Severity.CRITICAL;
  const waiting = dateOf(ticket.waitingSinceTime);
  const due: [(when: string, past: boolean) => string, Date | undefined][] = [
    [t.inbox.replyDue, dateOf(ticket.replyDueTime)],
    [t.inbox.decideDue, dateOf(ticket.decideDueTime)],
  ];
  const open = ticket.state === Ticket_State.RECEIVED || ticket.state === Ticket_State.HEARD;
  return (
    <div className="facts">
      <TicketChip state={ticket.state} />
      {who && (
        <Link className="whose nw" href={`/customers/${idOf(ticket.customer)}`}>
          {who}
        </Link>
      )}
      {channel && <span className="nw">{t.channel[channel] ?? channel}</span>}
      {received && (
        <time className="nw" dateTime={received.toISOString()}>
          {f.dateTime(received, now)}
        </time>
      )}
      {severe && <span className="due-in nw">{t.severity[ticket.severity]}</span>}
      {ticket.recurrenceCount > 0 && <span className="due-in nw">{t.inbox.came(ticket.recurrenceCount)}</span>}
      {due.map(([say, at]) => at && <span key={at.getTime()} className={at < now ? "due-in nw" : "nw"}>{say(f.dateTime(at, now), at < now)}</span>)}
      {ticket.owesReply && <span className="due-in nw">{t.inbox.owed}</span>}
      {waiting && !open && now.getTime() - waiting.getTime() >= MINUTE_MS && <span className="nw">{t.inbox.owedSince(f.age(now.getTime() - waiting.getTime()))}</span>}
    </div>
  );
}

function Known({ ticket }: { ticket: Ticket }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const reasons = useReasonNames();
  const occurred = dateOf(ticket.occurTime);
  const received = dateOf(ticket.receiveTime);
  const differs = occurred && received && Math.abs(received.getTime() - occurred.getTime()) > 3_600_000;
  const lines: [string, string | undefined][] = [
    [t.inbox.reason, reasons.full(ticket.contactReason)],
    [t.inbox.assignee, nameOf(ticket.assignee)],
    [t.inbox.order_, ticket.order],
    [t.inbox.product, [ticket.product, ticket.productVersion].filter(Boolean).join(" · ")],
    [t.inbox.occurred, differs ? f.dateTime(occurred) : ""],
    [t.inbox.remedySought, ticket.remedySought],
    [t.inbox.underlyingNeed, ticket.underlyingNeed],
    [t.inbox.remedyGiven, ticket.remedyGiven],
    [t.inbox.heardSummary, ticket.heardSummary],
  ];
  const decision = ticket.decision;
  if (decision) {
    const why = t.declineReason[decision.declineReason];
    const how = decision.declineReason ? why : t.disposition[ticket.disposition];
    lines.push([t.inbox.decision, [how, nameOfSlug(decision.capabilityGap), t.inbox.decidedBy(nameOf(decision.decidedBy))].filter(Boolean).join(" · ")]);
    lines.push([t.inbox.revisit, decision.revisitCondition]);
  }
  const ratings: [string, number][] = [
    [t.inbox.outcomeRating, ticket.outcomeRating],
    [t.inbox.handlingRating, ticket.handlingRating],
  ];
  for (const [name, rating] of ratings) if (rating) lines.push([name, t.inbox.ratingOf(f.count(rating))]);
  const closes = dateOf(ticket.closeDueTime);
  if (closes) lines.push([t.inbox.closes, f.dateTime(closes)]);
  const shown = lines.filter(([, value]) => value);
  if (!shown.length) return null;
  return (
    <dl className="kv">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Files({ ticket }: { ticket: Ticket }) {
  if (!ticket.fileLinks.length) return null;
  return (
    <div className="files">
      {ticket.fileLinks.map((file) => {
        const name = (
          <>
            <Icon name="file" />
            {file.fileName}
          </>
        );
        // Only what a browser opens as a page: an address of a customer may be anything.
        return /^https?:\/\//.test(file.url) ? (
          <a key={file.url} className="chip line" href={file.url} target="_blank" rel="noopener noreferrer">
            {name}
          </a>
        ) : (
          <span key={file.url} className="chip line">
            {name}
          </span>
        );
      })}
    </div>
  );
}

function Words({ ticket }: { ticket: Ticket }) {
  const paragraphs = ticket.body.split(/\n{2,}/).filter((part) => part.trim());
  const lang = ticket.language || undefined;
  return (
    <>
      {ticket.subject && (
        <h2 lang={lang} dir="auto">
          {ticket.subject}
        </h2>
      )}
      {paragraphs.length > 0 && (
        <div className={ticket.subject ? "words" : "words alone"} lang={lang}>
          {paragraphs.map((part, index) => (
            <p key={index} dir="auto">
              {part}
            </p>
          ))}
        </div>
      )}
      <Files ticket={ticket} />
      {may("attachments.read") && (
        <Suspense fallback={null}>
          <Attachments ticket={ticket.name} />
        </Suspense>
      )}
      <Known ticket={ticket} />
      <Thread parent={ticket.name} />
    </>
  );
}

// What the caller may not read did not come; what a restricted customer said is not in sight before somebody asks for it.
function Said({ ticket }: { ticket: Ticket }) {
  const { t } = useWords();
  const { restricted } = useWho(ticket.anonymous ? "" : ticket.customer);
  const [asked, setAsked] = useState(false);
  if (ticket.hidden) {
    return (
      <>
        <p className="restricted t2">{restricted ? t.customer.restrictedText : t.customer.hiddenText}</p>
        <Known ticket={ticket} />
        <Thread parent={ticket.name} />
      </>
    );
  }
  if (!restricted || asked) return <Words ticket={ticket} />;
  return (
    <div className="restricted">
      <p className="t2">{t.customer.restrictedText}</p>
      <button type="button" className="btn" onClick={() => setAsked(true)}>
        {t.customer.restrictedShow}
      </button>
    </div>
  );
}

interface Props {
  name: string;
  onDecided: (name: string) => void;
  onBack: () => void;
  // What stands beside it where there is room, and below it where there is none.
  context: ComponentChildren;
}

export function TicketPane({ name, onDecided, onBack, context }: Props) {
  const { t } = useWords();
  const [known] = useState(() => knownTicket(name));
  const query = useQuery(TicketService.method.getTicket, { name }, { ...(known && { initialData: known }) });
  const ticket = query.data;
  if (!ticket) {
    return (
      <article className="detail" aria-label={t.inbox.detail} aria-busy={query.isPending}>
        {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      </article>
    );
  }
  return (
    <article className="detail" aria-label={t.inbox.detail}>
      <div className="scroll" tabIndex={0} role="group" aria-label={t.inbox.detail}>
        <button type="button" className="btn quiet back" onClick={onBack}>
          <Icon name="left" />
          {t.action.back}
        </button>
        <Standing ticket={ticket} />
        <Said ticket={ticket} />
        {context}
      </div>
      {may("tickets.write") && (
        <>
          <Composer parent={name} />
          <Corrections ticket={ticket} />
        </>
      )}
      <DecisionBar ticket={ticket} onDecided={() => onDecided(name)} />
    </article>
  );
}
