import { Code, ConnectError } from "@connectrpc/connect";
import { useQuery } from "@connectrpc/connect-query";
import { Fragment } from "preact";
import { Link } from "wouter";

import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { Effect_Verdict, type Effect } from "@protos/dangol/metrics/v1/effect_pb";
import { Step_Kind, type Loop } from "@protos/dangol/metrics/v1/loop_pb";
import { LoopService } from "@protos/dangol/metrics/v1/loop_service_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { noonOf } from "../../base/days";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { dateOf } from "../../format/time";
import { useShownWords } from "../../parts/customer";
import { useMemberNames } from "../../parts/members";
import { Failure, Quote } from "../../parts/small";
import { Why } from "../../parts/why";
import { useWords, type Formats, type Words } from "../../words/words";
import { EffectMark } from "../change/effect_mark";
import { useEffectOf } from "../change/use_effects";
import { pathOf, standingOf, tookMs, type PathNode } from "./path";

const WORDS_MAX = 400;

function sentence(loop: Loop, path: PathNode[], now: Date, t: Words, f: Formats): string {
  const took = f.duration(tookMs(path));
  switch (standingOf(loop)) {
    case "done":
      return t.loop.sayDone(took);
    case "answered":
      return t.loop.sayAnswered(took);
    case "notYet":
      return t.loop.sayNotYet;
    case "closed":
      return t.loop.sayClosed;
    case "aside":
      return t.loop.sayAside;
    case "recurred":
      return t.loop.sayRecurred;
    default:
      return t.loop.sayWaiting(f.duration(now.getTime() - (path[0]?.atMs ?? now.getTime())));
  }
}

// What the change did to complaints, where it is known or watched.
function EffectNode({ effect, sinceMs }: { effect: Effect; sinceMs: number }) {
  const { t, f } = useWords();
  const told = effect.verdict === Effect_Verdict.IMPROVED || effect.verdict === Effect_Verdict.WORSENED || effect.finished;
  const next = dateOf(effect.nextLookTime);
  const day = effect.verdictDay || effect.look?.day;
  const waitedMs = day ? noonOf(day).getTime() - sinceMs : 0;
  return (
    <>
      <li className={told ? "gap" : "gap owed"} aria-label={told && waitedMs > 0 ? t.loop.took : undefined}>
        <em>{told && waitedMs > 0 && f.duration(waitedMs)}</em>
      </li>
      <li className={told ? "" : "todo"}>
        <i aria-hidden="true" />
        <b>{t.effect.node}</b>
        {told && day ? <time dateTime={day}>{f.date(noonOf(day))}</time> : next && <time dateTime={next.toISOString()}>{t.effect.next(f.date(next))}</time>}
        <EffectMark change={effect.change} />
      </li>
    </>
  );
}

function Path({ loop, path }: { loop: Loop; path: PathNode[] }) {
  const { t, f } = useWords();
  const now = useNow();
  const below = (node: PathNode) => {
    if (node.owed) return t.loop.owes[node.name as keyof typeof t.loop.owes];
    if (node.name === "received") return t.channel[loop.channel] ?? loop.channel;
    if (node.name === "decided") return loop.state === Ticket_State.NOT_YET ? t.ticketState[Ticket_State.NOT_YET] : t.disposition[loop.disposition];
    if (node.name === "accepted" && loop.change) {
      return <Link href={`/changes/${idOf(loop.change)}`}>{loop.changeTitle || idOf(loop.change)}</Link>;
    }
    return node.name === "answered" && loop.late ? t.loop.late : "";
  };
  const effect = useEffectOf(loop.change);
  const endMs = path[path.length - 1]?.atMs;
  const shown = effect && endMs !== undefined ? effect : undefined;
  const columns = ["auto", ...Array<string>(path.length - 1 + (shown ? 1 : 0)).fill("1fr auto")].join(" ");
  return (
    <ol className="path7" aria-label={t.loop.one} style={{ "--columns": columns }}>
      {path.map((node, index) => {
        const before = path[index - 1];
        // What was accepted after its change had shipped did not wait for it.
        const gap = node.atMs !== undefined && before?.atMs !== undefined && node.atMs >= before.atMs ? f.duration(node.atMs - before.atMs) : "";
        const reached = node.atMs !== undefined;
        return (
          <Fragment key={node.name}>
            {index > 0 && (
              <li className={reached ? "gap" : node.owed ? "gap owed" : "gap later"} aria-label={gap ? t.loop.took : undefined}>
                <em>{gap}</em>
              </li>
            )}
            <li className={reached ? "" : node.owed ? "todo" : "later"}>
              <i aria-hidden="true" />
              <b>{t.loopNode[node.name]}</b>
              {reached && <time dateTime={new Date(node.atMs!).toISOString()}>{f.dateTime(new Date(node.atMs!), now)}</time>}
              <span>{below(node)}</span>
            </li>
          </Fragment>
        );
      })}
      {shown && <EffectNode effect={shown} sinceMs={endMs!} />}
    </ol>
  );
}

// Into which it was accepted before.
function OtherChange({ name }: { name: string }) {
  const { data } = useQuery(ChangeService.method.getChange, { name });
  return <Link href={`/changes/${idOf(name)}`}>{data?.title || idOf(name)}</Link>;
}

function Steps({ loop }: { loop: Loop }) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const now = useNow();
  return (
    <section>
      <h3>{t.inbox.pathSteps}</h3>
      <ol className="steps">
        {loop.steps.map((step, index) => {
          const at = dateOf(step.time);
          const bad = step.kind === Step_Kind.RECURRED || step.kind === Step_Kind.REFUSED;
          return (
            <li key={index}>
              <time dateTime={at?.toISOString()}>{at && f.dateTime(at, now)}</time>
              <span>
                <span className={bad ? "bad" : ""}>{t.loop.step[step.kind] ?? t.loop.step[Step_Kind.UPDATED]}</span>
                {step.decidedBy && <span className="t3"> · {nameOf(step.decidedBy)}</span>}
                {step.change && step.change !== loop.change && (
                  <>
                    {" · "}
                    <OtherChange name={step.change} />
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

export function OneLoop({ id }: { id: string }) {
  const { t, f } = useWords();
  const now = useNow();
  const query = useQuery(LoopService.method.getLoop, { name: `loops/${id}` });
  const ticket = useQuery(TicketService.method.getTicket, { name: `tickets/${id}` });
  const full = ticket.data ? ticket.data.body || ticket.data.subject : "";
  const words = useShownWords(ticket.data, full);
  const loop = query.data;
  if (!loop) {
    const gone = query.error && ConnectError.from(query.error).code === Code.NotFound;
    return (
      <section className="lead" aria-busy={query.isPending}>
        {gone ? <h2 className="say">{ticket.data ? t.loop.notKnown : t.loop.notFound}</h2> : query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      </section>
    );
  }
  const path = pathOf(loop);
  return (
    <>
      <section className="lead">
        <p className="meta">
          {t.loop.one} · <Link href={`/inbox/${id}?view=all`}>{t.loop.toTicket}</Link>
        </p>
        <h2 className="say">{sentence(loop, path, now, t, f)}</h2>
        {words && (
          <div className="big">
            <Quote text={words.length > WORDS_MAX ? `${words.slice(0, WORDS_MAX).trimEnd()}…` : words} lang={ticket.data?.language ?? ""} />
          </div>
        )}
      </section>
      <Path loop={loop} path={path} />
      <Why text={t.loop.whyTimes} />
      <Steps loop={loop} />
    </>
  );
}
