// What can be decided now, with the keys, and what each decision causes.
import { useMemo, useRef, useState } from "react";

import { Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { runAction, useActions, type Action } from "../../base/actions";
import { tickets } from "../../base/api";
import { putTicket } from "../../base/cache";
import { requestId } from "../../base/ids";
import { may } from "../../base/session";
import { say, sayFailure } from "../../base/toast";
import { Icon } from "../../parts/icon";
import { memberOfDevice } from "../../parts/member_field";
import { Key } from "../../parts/small";
import { useWords, type Words } from "../../words/words";
import { AcceptDialog } from "./accept_dialog";
import { AnswerDialog } from "./answer_dialog";
import { DeclineDialog } from "./decline_dialog";
import { DuplicateDialog } from "./duplicate_dialog";
import { RateDialog } from "./rate_dialog";
import { ReopenDialog } from "./reopen_dialog";
import { SplitDialog } from "./split_dialog";
import { takeBack } from "./undo";
import { isOffered, mayDo, type Decision } from "./views";

const KEYS: Record<Decision, string> = {
  accept: "a",
  decline: "d",
  answer: "e",
  hear: "h",
  close: "y",
  reopen: "o",
  unlink: "u",
  dismiss: "n",
  restore: "o",
  rate: "s",
  split: "t",
  duplicate: "m",
  spam: "!",
};
const ORDER = Object.keys(KEYS) as Decision[];
const LOUD: Decision[] = ["accept", "decline", "answer"];
// Seldom, and behind the dots.
const RARE: Decision[] = ["split", "duplicate", "spam"];

// What corrections.tsx offers: without keys it is reached here.
const CORRECTIONS = (t: Words): { id: string; label: string; key?: string; why?: string; run: () => void }[] => [
  { id: "take", label: t.inbox.take, key: "i", run: () => runAction("take") },
  { id: "hand", label: t.inbox.handOver, run: () => runAction("hand") },
  { id: "reason", label: t.inbox.changeReason, key: "l", run: () => runAction("reason") },
];

function restingImpact(ticket: Ticket, t: Words): string {
  switch (ticket.state) {
    case Ticket_State.ACCEPTED:
      return t.inbox.impact.accepted;
    case Ticket_State.NOT_YET:
      return t.inbox.impact.notYet;
    case Ticket_State.ANSWERED:
      return t.inbox.impact.answered;
    case Ticket_State.RECEIVED:
    case Ticket_State.HEARD:
      return t.inbox.impact.accept;
    default:
      return t.inbox.impact.closed;
  }
}

export function DecisionBar({ ticket, onDecided }: { ticket: Ticket; onDecided: () => void }) {
  const { t } = useWords();
  const [asking, setAsking] = useState<Decision>();
  const [hovered, setHovered] = useState<Decision>();
  const { name, etag } = ticket;
  const can = ORDER.filter((decision) => mayDo(ticket).has(decision) && isOffered(decision, ticket));

  const fail = (error: unknown) => {
    sayFailure(error, t);
    void tickets.getTicket({ name }).then(putTicket, () => undefined);
  };
  // What was asked for is asked for once, however often it is pressed before the answer.
  const running = useRef<Decision>();
  const now = (decision: Decision, call: (request: { name: string; etag: string; requestId: string }) => Promise<Ticket>, said: string, leaves: boolean) => {
    if (running.current === decision) return;
    running.current = decision;
    void call({ name, etag, requestId: requestId() })
      .then((changed) => {
        putTicket(changed);
        const undo = takeBack(ticket, changed, t);
        say(said, undo ? { undo } : {});
        if (leaves) onDecided();
      }, fail)
      .finally(() => (running.current = undefined));
  };
  const decide = (decision: Decision) => {
    if (decision === "hear") now(decision, (request) => tickets.acknowledgeTicket({ ...request, heardBy: memberOfDevice() }), t.inbox.heard, false);
    else if (decision === "unlink") now(decision, (request) => tickets.unlinkTicket(request), t.inbox.unlinked, true);
    else if (decision === "spam") now(decision, (request) => tickets.markTicketSpam(request), t.inbox.spammed, true);
    else if (decision === "restore") now(decision, (request) => tickets.restoreTicket(request), t.inbox.restored, true);
    else if (decision === "close") now(decision, (request) => tickets.closeTicket(request), t.inbox.closed, true);
    else if (decision === "dismiss") now(decision, (request) => tickets.dismissWaiting(request), t.inbox.dismissed, true);
    else setAsking(decision);
  };

  const actions = useMemo<Action[]>(
    () =>
      can.map((decision) => ({
        id: decision,
        label: t.inbox[decision],
        group: t.keys.groupDecide,
        keys: [KEYS[decision]],
        run: () => decide(decision),
      })),
    [t, ticket],
  );
  useActions(actions);

  const impacts: Partial<Record<Decision, string>> = t.inbox.impact;
  const done = (said: string, undo?: () => void) => {
    say(said, undo ? { undo } : {});
    onDecided();
  };
  const close = () => setAsking(undefined);
  const menu = useRef<HTMLDetailsElement>(null);
  const shut = () => menu.current?.removeAttribute("open");
  const rare = can
    .filter((decision) => RARE.includes(decision))
    .map((decision) => ({ id: decision as string, label: t.inbox[decision], key: KEYS[decision], why: impacts[decision], run: () => decide(decision) }));
  const others = [...(may("tickets.write") ? CORRECTIONS(t) : []), ...rare];
  // There is something to decide, for others.
  if (!can.length && !others.length && mayDo(ticket).size) return null;
  return (
    <div className="decide">
      <p className="impact">{(hovered && impacts[hovered]) ?? restingImpact(ticket, t)}</p>
      <div className="acts">
        {can.filter((decision) => !RARE.includes(decision)).map((decision, index) => (
          <button
            key={decision}
            type="button"
            className={["btn", index === 0 && decision === "accept" && "primary", !LOUD.includes(decision) && "quiet"].filter(Boolean).join(" ")}
            // The second click of two comes once the next complaint stands there.
            onClick={({ detail }) => detail < 2 && decide(decision)}
            onMouseEnter={() => setHovered(decision)}
            onMouseLeave={() => setHovered(undefined)}
            onFocus={() => setHovered(decision)}
            onBlur={() => setHovered(undefined)}
          >
            {t.inbox[decision]} <Key of={KEYS[decision]} />
          </button>
        ))}
        {others.length > 0 && (
          <details
            className="more-acts"
            ref={menu}
            onBlur={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && shut()}
            onKeyDown={(event) => {
              if (event.key !== "Escape" || !menu.current?.open) return;
              // It shuts the menu, and leaves the complaint where it is.
              event.preventDefault();
              shut();
              menu.current.querySelector("summary")?.focus();
            }}
          >
            <summary className="btn quiet icon" aria-label={t.action.more}>
              <Icon name="more" />
            </summary>
            <div>
              {others.map(({ id, label, key, why, run }) => (
                <button
                  key={id}
                  type="button"
                  className="btn quiet"
                  title={why}
                  onClick={({ detail }) => {
                    shut();
                    if (detail < 2) run();
                  }}
                >
                  {label} {key && <Key of={key} />}
                </button>
              ))}
            </div>
          </details>
        )}
      </div>
      {asking === "accept" && <AcceptDialog tickets={[ticket]} onDone={done} onClose={close} />}
      {asking === "decline" && <DeclineDialog tickets={[ticket]} onDone={done} onClose={close} />}
      {asking === "answer" && <AnswerDialog tickets={[ticket]} onDone={done} onClose={close} />}
      {asking === "duplicate" && <DuplicateDialog ticket={ticket} onDone={done} onClose={close} />}
      {asking === "split" && <SplitDialog ticket={ticket} onDone={say} onClose={close} />}
      {asking === "rate" && <RateDialog ticket={ticket} onDone={say} onClose={close} />}
      {asking === "reopen" && <ReopenDialog ticket={ticket} onDone={done} onClose={close} />}
    </div>
  );
}
