// Small parts that many pages have.
import type { ComponentChildren } from "preact";
import { Link } from "wouter";

import { Change_State } from "@protos/dangol/backlog/v1/change_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { explain, isUnreachable } from "../base/errors";
import { keyCap } from "../base/keys";
import { useWords } from "../words/words";

export function Key({ of }: { of: string }) {
  return <kbd aria-hidden="true">{keyCap(of)}</kbd>;
}

const TICKET_TONES: Partial<Record<Ticket_State, string>> = {
  [Ticket_State.RECEIVED]: "line",
  [Ticket_State.HEARD]: "line",
  [Ticket_State.ACCEPTED]: "accent",
  [Ticket_State.NOT_YET]: "warn",
  [Ticket_State.ANSWERED]: "good",
};

export function TicketChip({ state }: { state: Ticket_State }) {
  const { t } = useWords();
  return <span className={`chip ${TICKET_TONES[state] ?? ""}`}>{t.ticketState[state] ?? t.ticketState[0]}</span>;
}

const CHANGE_TONES: Partial<Record<Change_State, string>> = {
  [Change_State.PLANNED]: "line",
  [Change_State.IN_PROGRESS]: "info",
  [Change_State.SHIPPED]: "good",
  [Change_State.VERIFIED]: "good",
  [Change_State.REGRESSED]: "bad",
};

export function ChangeChip({ state }: { state: Change_State }) {
  const { t } = useWords();
  return <span className={`chip ${CHANGE_TONES[state] ?? ""}`}>{t.changeState[state] ?? t.changeState[0]}</span>;
}

// A word with its sign: colour alone says nothing.
export function Verdict({ tone, glyph, children }: { tone: string; glyph?: string | undefined; children: ComponentChildren }) {
  return (
    <span className={`verdict ${tone}`}>
      {glyph && <i aria-hidden="true">{glyph}</i>}
      {children}
    </span>
  );
}

// Names and values, of those that there are.
export function Facts({ of, className = "" }: { of: [name: string, value: string | undefined][]; className?: string }) {
  return (
    <dl className={`hl ${className}`.trim()}>
      {of.map(
        ([name, value]) =>
          value && (
            <div key={name + value}>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

// Why what was sent was not taken.
export function Wrong({ sentence }: { sentence: string }) {
  return (
    sentence && (
      <p className="wrong" role="alert">
        {sentence}
      </p>
    )
  );
}

// What a customer said: text, whatever it holds.
export function Quote({ text, lang, children, accent }: { text: string; lang?: string; children?: ComponentChildren; accent?: boolean }) {
  return (
    <blockquote className={accent ? "quote accent" : "quote"}>
      <p lang={lang || undefined} dir="auto">
        {text}
      </p>
      {children && <footer>{children}</footer>}
    </blockquote>
  );
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useWords();
  return (
    <div className="failure" role="alert">
      <p>{explain(error, t).sentence}</p>
      {isUnreachable(error) && <p className="t2">{t.error.text}</p>}
      {onRetry && (
        <button type="button" className="btn" onClick={onRetry}>
          {t.action.retry}
        </button>
      )}
    </div>
  );
}

interface EmptyProps {
  title: string[];
  text?: string;
  // Where there is more.
  way?: { href: string; label: string };
  children?: ComponentChildren;
}

export function Empty({ title, text, way, children }: EmptyProps) {
  return (
    <div className="box0">
      <h2>
        {title.map((line) => (
          <span key={line}>{line} </span>
        ))}
      </h2>
      {text && <p className="t2">{text}</p>}
      {way && (
        <p className="alt">
          <Link className="btn" href={way.href}>
            {way.label}
          </Link>
        </p>
      )}
      {children}
    </div>
  );
}
