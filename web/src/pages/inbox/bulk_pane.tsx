// Several complaints at once: what they say, and one decision for all.
import { useMemo, useState } from "react";

import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { useActions } from "../../base/actions";
import { useNow } from "../../base/now";
import { may } from "../../base/session";
import { firstWords } from "../../base/texts";
import { say } from "../../base/toast";
import { dateOf } from "../../format/time";
import { useShownWords } from "../../parts/customer";
import { useReasonNames } from "../../parts/reasons";
import { Key, Quote } from "../../parts/small";
import { useWords } from "../../words/words";
import { AcceptDialog } from "./accept_dialog";
import { AnswerDialog } from "./answer_dialog";
import { BulkReplyDialog } from "./bulk_reply_dialog";
import { DeclineDialog } from "./decline_dialog";
import { isOffered } from "./views";

type Act = "accept" | "decline" | "answer" | "reply";
// With their keys.
const ACTS: [Act, string][] = [
  ["accept", "a"],
  ["decline", "d"],
  ["answer", "e"],
  ["reply", "r"],
];
const QUOTES = 5;
const REASONS = 4;

function Voice({ ticket, about }: { ticket: Ticket; about: string }) {
  const { f } = useWords();
  const now = useNow();
  const received = dateOf(ticket.receiveTime);
  return (
    <Quote text={useShownWords(ticket, firstWords(ticket))} lang={ticket.language}>
      {[about, received && f.date(received, now)].filter(Boolean).join(" · ")}
    </Quote>
  );
}

export function BulkPane({ tickets, onDecided }: { tickets: Ticket[]; onDecided: (names: string[]) => void }) {
  const { t, f } = useWords();
  const names = useReasonNames();
  const [asking, setAsking] = useState<Act>();
  const offered = ACTS.filter(([act]) => (act === "reply" ? may("tickets.write") : tickets.every((ticket) => isOffered(act, ticket))));
  const actions = useMemo(
    () => offered.map(([id, key]) => ({ id, label: t.inbox[id], group: t.keys.groupDecide, keys: [key], run: () => setAsking(id) })),
    [t, offered.length],
  );
  useActions(actions);
  const labels = { accept: t.inbox.bulkAccept(f.count(tickets.length)), decline: t.inbox.decline, answer: t.inbox.answer, reply: t.inbox.reply };
  const done = (said: string, undo?: () => void) => {
    say(said, undo ? { undo } : {});
    onDecided(tickets.map((ticket) => ticket.name));
  };
  const dialog = { tickets, onDone: done, onClose: () => setAsking(undefined) };

  const reasons = new Map<string, number>();
  for (const { contactReason } of tickets) reasons.set(contactReason, (reasons.get(contactReason) ?? 0) + 1);
  const mostly = [...reasons].filter(([reason]) => reason).sort((one, other) => other[1] - one[1]);
  const most = Math.max(...mostly.map(([, count]) => count), 1);
  return (
    <article className="detail" aria-label={t.inbox.detail}>
      <div className="scroll" tabIndex={0} role="group" aria-label={t.inbox.detail}>
        <h2>{t.inbox.bulkTitle(f.count(tickets.length))}</h2>
        <div className="voices">
          {tickets.slice(0, QUOTES).map((ticket) => (
            <Voice key={ticket.name} ticket={ticket} about={names.full(ticket.contactReason)} />
          ))}
        </div>
        {tickets.length > QUOTES && <p className="t3 rest">{t.inbox.bulkRest(f.count(tickets.length - QUOTES))}</p>}
        {mostly.length > 0 && (
          <div className="bars">
            {mostly.slice(0, REASONS).map(([reason, count]) => (
              <div className="barrow" key={reason}>
                <span>{names.full(reason)}</span>
                <i className="bar" style={{ "--w": `${(100 * count) / most}%` }} />
                <b>{f.count(count)}</b>
              </div>
            ))}
          </div>
        )}
      </div>
      {offered.length > 0 && (
        <div className="decide">
          <p className="impact">{t.inbox.bulkImpact}</p>
          <div className="acts">
            {offered.map(([act, key]) => (
              <button key={act} type="button" className={act === "accept" ? "btn primary" : act === "reply" ? "btn quiet" : "btn"} onClick={() => setAsking(act)}>
                {labels[act]} <Key of={key} />
              </button>
            ))}
          </div>
        </div>
      )}
      {asking === "accept" && <AcceptDialog {...dialog} />}
      {asking === "decline" && <DeclineDialog {...dialog} />}
      {asking === "answer" && <AnswerDialog {...dialog} />}
      {asking === "reply" && <BulkReplyDialog tickets={tickets} onDone={say} onClose={dialog.onClose} />}
    </article>
  );
}
