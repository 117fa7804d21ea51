// One change on the board.
import { Link } from "wouter";

import { Change_Kind, Change_State, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { idOf } from "../../base/ids";
import { useNow } from "../../base/now";
import { dateOf } from "../../format/time";
import { useMemberNames } from "../../parts/members";
import { useReasonNames } from "../../parts/reasons";
import { useWords } from "../../words/words";
import { EffectMark } from "../change/effect_mark";
import { DemandQuotes } from "../change/demand_quotes";
import { peopleOf, waitingOf } from "../change/transitions";
import { demandsOf } from "./use_column";

const QUOTES = 3;

interface Props {
  change: Change;
  // Demands of the change that has most of them: the bars are comparable.
  most: number;
  current: boolean;
  opened: boolean;
  onChoose: () => void;
  onToggle: () => void;
  // Absent: it cannot be moved.
  onDrag: ((on: boolean) => void) | undefined;
}

function Since({ change }: { change: Change }) {
  const { t, f } = useWords();
  const now = useNow();
  const due = change.state === Change_State.PROPOSED ? dateOf(change.decideDueTime) : dateOf(change.targetTime);
  const open = change.state === Change_State.PROPOSED || change.state === Change_State.PLANNED || change.state === Change_State.IN_PROGRESS;
  if (due && open) {
    const say = change.state === Change_State.PROPOSED ? t.board.decideBy : t.board.dueBy;
    return <span className={due < now ? "bad" : ""}>{say(f.date(due, now), due < now)}</span>;
  }
  const ago = (at: Date | undefined) => f.ago(now.getTime() - (at ?? now).getTime());
  switch (change.state) {
    case Change_State.PLANNED:
      return <>{t.board.plannedOn(ago(dateOf(change.planTime)))}</>;
    case Change_State.IN_PROGRESS:
      return <>{t.board.startedOn(ago(dateOf(change.startTime) ?? dateOf(change.updateTime)))}</>;
    case Change_State.SHIPPED:
    case Change_State.VERIFIED:
      return <>{t.board.shippedOn(f.date(dateOf(change.shipTime) ?? now, now))}</>;
    default:
      return <>{t.board.proposedOn(ago(dateOf(change.createTime)))}</>;
  }
}

export function Card({ change, most, current, opened, onChoose, onToggle, onDrag }: Props) {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const reasons = useReasonNames();
  const all = demandsOf(change);
  const waiting = Number(waitingOf(change));
  const recurrences = Number(change.evidence?.recurrences ?? 0n);
  const share = (count: number) => ({ width: `${(100 * count) / most}%` });
  const about = [change.kind === Change_Kind.KIND_UNSPECIFIED ? "" : t.change.kind[change.kind], change.contactReasons.map(reasons.full).join(", ")];
  return (
    <li
      id={`card-${idOf(change.name)}`}
      className={["card", current && "on", onDrag && "movable"].filter(Boolean).join(" ")}
      tabIndex={-1}
      draggable={Boolean(onDrag)}
      onDragStart={() => onDrag?.(true)}
      onDragEnd={() => onDrag?.(false)}
      onClick={onChoose}
      onFocus={onChoose}
    >
      <div className="top">
        <Link href={`/changes/${idOf(change.name)}`}>{change.title}</Link>
        {change.estimate ? (
          <span className="score">
            <small>{t.change.score}</small>
            {f.decimal(Number(change.scoreHundredths) / 100, 0)}
          </span>
        ) : (
          <span className="score none">{t.change.notEstimated}</span>
        )}
      </div>
      <div className="ev" role="img" aria-label={t.board.evidence(f.count(all), f.count(waiting), f.count(recurrences))}>
        <i className="e1" style={share(waiting)} />
        <i className="e2" style={share(all - waiting)} />
      </div>
      <p className="evn">
        {all ? (
          <button type="button" aria-expanded={opened} title={opened ? t.board.collapse : t.board.expand} onClick={onToggle}>
            <b>{t.people(f.count(peopleOf(change)))}</b>
          </button>
        ) : (
          <span>{t.board.none}</span>
        )}
        {all > 0 && <span>{t.board.tickets(f.count(all))}</span>}
        {waiting > 0 && waiting < all && <span>{t.board.waitingN(f.count(waiting))}</span>}
        {recurrences > 0 && <span className="bad">{t.board.recurrences(f.count(recurrences))}</span>}
      </p>
      {opened && (
        <div className="qs">
          <DemandQuotes change={change.name} count={QUOTES} />
        </div>
      )}
      {about.some(Boolean) && (
        <p className="exp">
          {about[0] && <span className="chip">{about[0]}</span>}
          <span className="e">{about[1]}</span>
        </p>
      )}
      <p className="ft">
        <span className="t3">
          {change.shipments.length > 0 && <EffectMark change={change.name} />} <Since change={change} />
        </span>
        <span className={change.owner ? "own" : "own none"}>{change.owner ? nameOf(change.owner) : t.board.noOwner}</span>
      </p>
    </li>
  );
}
