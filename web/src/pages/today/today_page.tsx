// My day: what this member owes today, and nothing else.
import "../../style/calm.css";
import "../../style/today.css";

import type { ComponentChildren } from "preact";
import { Suspense, useMemo } from "react";
import { Link } from "wouter";

import type { Change } from "@protos/dangol/backlog/v1/change_pb";
import type { Engine } from "@protos/dangol/metrics/v1/engine_pb";
import type { Remark } from "@protos/dangol/metrics/v1/report_pb";
import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { Page } from "../../app/shell";
import { useActions, type Action } from "../../base/actions";
import { dueBy, noonOf } from "../../base/days";
import { engineOf, idOf } from "../../base/ids";
import { textIn } from "../../base/names";
import { useNow } from "../../base/now";
import { mayAt } from "../../base/session";
import { useSettings } from "../../base/settings";
import { firstWords, noteOf } from "../../base/texts";
import { dateOf } from "../../format/time";
import { useShownWords, useWho } from "../../parts/customer";
import { memberOfDevice } from "../../parts/member_field";
import { useMemberNames } from "../../parts/members";
import { useReasonNames } from "../../parts/reasons";
import { part } from "../../parts/scripts";
import { ChangeChip, Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { peopleOf } from "../change/transitions";
import { stageName } from "../engine/data";
import { dueOf } from "../inbox/views";
import type { DueStage } from "./due";
import { useToday, type Today } from "./use_today";

// Once, before there is anything.
const FirstSteps = part(() => import("./first_steps"));

const SHOWN_MAX = 10;

interface ItemProps {
  href: string;
  // As in the inbox: over, today, or nothing.
  due?: "over" | "today" | undefined;
  who: string;
  what: ComponentChildren;
  why?: ComponentChildren;
  when: string;
  late?: boolean | undefined;
  lang?: string | undefined;
}

function Item({ href, due, who, what, why, when, late, lang }: ItemProps) {
  const { t } = useWords();
  return (
    <li>
      <Link className="item" href={href}>
        <span className={`due ${due ?? "no"}`} role="img" aria-label={due === "over" ? t.today.overdue : due ? t.today.dueToday : t.today.open} />
        <span className="who">{who}</span>
        <span className="what" lang={lang} dir="auto">
          {what}
        </span>
        <span className="why">{why}</span>
        <span className={late ? "when bad" : "when"}>{when}</span>
      </Link>
    </li>
  );
}

function Section({ title, count, more, children }: { title: string; count: number; more?: { href: string; label: string }; children: ComponentChildren }) {
  const { t, f } = useWords();
  if (!count) return null;
  return (
    <section className="due-list">
      <h3>
        {title} <span className="n">{f.count(count)}</span>
      </h3>
      <ul>{children}</ul>
      {more && count > SHOWN_MAX && (
        <Link className="more" href={more.href}>
          {t.today.rest(f.count(count - SHOWN_MAX))} · {more.label}
        </Link>
      )}
    </section>
  );
}

function TicketItem({ ticket, now }: { ticket: Ticket; now: Date }) {
  const { t, f } = useWords();
  const reasons = useReasonNames();
  const channel = ticket.source?.channel ?? "";
  const { name: who } = useWho(ticket.anonymous ? "" : ticket.customer);
  const words = useShownWords(ticket, firstWords(ticket) || t.inbox.noWords);
  const waiting = dateOf(ticket.waitingSinceTime);
  const received = dateOf(ticket.receiveTime) ?? now;
  const age = f.age(now.getTime() - (waiting ?? received).getTime());
  return (
    <Item
      href={`/inbox/${idOf(ticket.name)}?view=mine`}
      due={dueOf(ticket, now.getTime())}
      who={who || (t.channel[channel] ?? channel)}
      what={words}
      why={reasons.full(ticket.contactReason)}
      when={waiting && now.getTime() - waiting.getTime() >= 60_000 ? t.today.waits(age) : age}
      lang={ticket.language || undefined}
    />
  );
}

function StageItem({ engine, line, among }: { engine: Engine; line: DueStage; among: boolean }) {
  const { t, f, language } = useWords();
  const stage = engine.stages.find((one) => stageName(engine, one) === line.stage);
  const ofEngine = textIn(engine.displayNames, language) || idOf(engine.name);
  const name = stage ? textIn(stage.displayNames, language) : ofEngine;
  return (
    <Item
      href={line.stage ? `/stage/${idOf(engine.name)}/${idOf(line.stage)}` : `/engine/${idOf(engine.name)}`}
      due={line.late ? "over" : "today"}
      who={name}
      what={t.today.entries(f.count(line.entries))}
      why={among && stage && ofEngine}
      when={f.date(noonOf(line.oldestDay))}
      late={line.late}
    />
  );
}

function ChangeItem({ change, due, now, what = change.title }: { change: Change; due: Date | undefined; now: Date; what?: string }) {
  const { t, f } = useWords();
  const standing = due && dueBy(due, now);
  return (
    <Item
      href={`/changes/${idOf(change.name)}`}
      due={standing}
      who={t.people(f.count(peopleOf(change)))}
      what={what}
      why={<ChangeChip state={change.state} />}
      when={due ? f.date(due, now) : "–"}
      late={standing === "over"}
    />
  );
}

function RemarkItem({ remark, kpis, now }: { remark: Remark; kpis: Map<string, string>; now: Date }) {
  const nameOf = useMemberNames();
  const { f } = useWords();
  const said = dateOf(remark.createTime);
  const stage = kpis.get(remark.kpi);
  const engine = idOf(engineOf(remark.name));
  return (
    <Item
      href={stage ? `/stage/${engine}/${idOf(stage)}#${idOf(remark.kpi)}` : `/engine/${engine}`}
      who={nameOf(remark.author)}
      what={remark.body}
      when={said ? f.moment(said, now) : ""}
    />
  );
}

function Lists({ day, now }: { day: Today; now: Date }) {
  const nameOf = useMemberNames();
  const { t, f, language } = useWords();
  const { engines } = day;
  const among = engines.length > 1;
  const stageOf = useMemo(() => new Map(day.kpis.map((kpi) => [kpi.name, kpi.stage])), [day.kpis]);
  return (
    <>
      <Section title={t.today.entriesDue} count={day.stages.length}>
        {day.stages.map((line) => (
          <StageItem key={line.stage || line.engine} engine={engines.find(({ name }) => name === line.engine)!} line={line} among={among} />
        ))}
      </Section>
      <Section title={t.today.tickets} count={day.tickets.length} more={{ href: "/inbox?view=mine", label: t.inbox.views.mine }}>
        {day.tickets.slice(0, SHOWN_MAX).map((ticket) => (
          <TicketItem key={ticket.name} ticket={ticket} now={now} />
        ))}
      </Section>
      <Section title={t.today.decisions} count={day.decisions.length} more={{ href: "/board", label: t.nav.board }}>
        {day.decisions.slice(0, SHOWN_MAX).map((change) => (
          <ChangeItem key={change.name} change={change} due={dateOf(change.decideDueTime)} now={now} />
        ))}
      </Section>
      <Section title={t.today.carried} count={day.carried.length} more={{ href: "/board", label: t.nav.board }}>
        {day.carried.slice(0, SHOWN_MAX).map((change) => (
          <ChangeItem key={change.name} change={change} due={dateOf(change.targetTime)} now={now} />
        ))}
      </Section>
      <Section title={t.today.questions} count={day.questions.length} more={{ href: "/board", label: t.nav.board }}>
        {day.questions.slice(0, SHOWN_MAX).map((change) => (
          <ChangeItem
            key={change.name}
            change={change}
            due={dateOf(change.concludeDueTime ?? change.keepDueTime)}
            now={now}
            what={t.today.asks(change.title, !change.concludeDueTime)}
          />
        ))}
      </Section>
      <Section title={t.today.remarks} count={day.remarks.length}>
        {day.remarks.slice(0, SHOWN_MAX).map((remark) => (
          <RemarkItem key={remark.name} remark={remark} kpis={stageOf} now={now} />
        ))}
      </Section>
      <Section title={t.today.revision} count={day.revisions.length}>
        {day.revisions.map((revision) => {
          const engine = engines.find(({ name }) => name === engineOf(revision.name));
          return (
            <Item
              key={revision.name}
              href={`/blueprint/${idOf(engineOf(revision.name))}`}
              who={t.revision(idOf(revision.name))}
              what={noteOf(revision.note, t.takesOver, nameOf) || t.today.agree}
              why={among && engine && textIn(engine.displayNames, language)}
              when={revision.createTime ? f.date(dateOf(revision.createTime)!, now) : ""}
            />
          );
        })}
      </Section>
    </>
  );
}

// Focus goes from line to line; Enter opens, as on every link.
function useMoves(): void {
  const { t } = useWords();
  const actions = useMemo<Action[]>(() => {
    const step = (by: number) => {
      const items = [...document.querySelectorAll<HTMLElement>(".due-list .item")];
      const at = items.indexOf(document.activeElement as HTMLElement);
      items[at < 0 ? 0 : Math.min(Math.max(at + by, 0), items.length - 1)]?.focus();
    };
    const group = t.keys.groupList;
    return [
      { id: "next", label: t.today.next, group, keys: ["j", "arrowdown"], keysOnly: true, repeats: true, run: () => step(1) },
      { id: "previous", label: t.today.previous, group, keys: ["k", "arrowup"], keysOnly: true, repeats: true, run: () => step(-1) },
    ];
  }, [t]);
  useActions(actions);
}

function AllDone({ day }: { day: Today }) {
  const { t, f } = useWords();
  return (
    <p className="sub">
      {day.answeredYesterday > 0 ? t.today.heardYesterday(f.count(day.answeredYesterday)) : t.today.doneText} <Link href="/loop">{t.today.seeLoop}</Link>
    </p>
  );
}

export default function TodayPage() {
  const { t, f, language } = useWords();
  const now = useNow(60_000);
  // The settings may change while the page is shown.
  useSettings();
  const member = memberOfDevice();
  const day = useToday(member, now);
  useMoves();
  const known = !day.loading && !day.error;
  const first = known && mayAt("engines.write", "") && (!member || !day.engines.length || !day.received);
  const weekday = new Intl.DateTimeFormat(language === "ko" ? "ko-KR" : "en-GB", { weekday: "long" }).format(now);
  return (
    <Page title={t.nav.today} className="calm">
      <div className="page today" aria-busy={day.loading}>
        {first && (
          <Suspense fallback={null}>
            <FirstSteps member={Boolean(member)} engine={day.engines.length > 0} complaints={day.received > 0} />
          </Suspense>
        )}
        {day.error ? (
          <Failure error={day.error} onRetry={day.readAnew} />
        ) : (
          known &&
          member &&
          (day.open > 0 || !first) && (
            <>
              <section className={first ? "" : "lead"}>
                <p className="meta">{language === "ko" ? `${f.date(now, now)} ${weekday}` : `${weekday} ${f.date(now, now)}`}</p>
                <h2 className="say">{day.open ? t.today.waiting(f.count(day.open), day.more) : t.today.done}</h2>
                {!day.open && <AllDone day={day} />}
              </section>
              <Lists day={day} now={now} />
            </>
          )
        )}
      </div>
    </Page>
  );
}
