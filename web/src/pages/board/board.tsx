// The board: what will be different, by how far it is, with the complaints behind each.
import "../../style/board.css";

import { useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";

import { Change_State, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { Page } from "../../app/shell";
import { useActions, type Action } from "../../base/actions";
import { idOf } from "../../base/ids";
import { may } from "../../base/session";
import { say } from "../../base/toast";
import { CsvButton } from "../../parts/csv_button";
import { Icon } from "../../parts/icon";
import { Opened, part } from "../../parts/scripts";
import { Empty, Failure, Key } from "../../parts/small";
import { useWords } from "../../words/words";
import { TransitionDialog } from "../change/transition_dialog";
import { INTO, isOffered, mayGo, type Transition } from "../change/transitions";
import { Card } from "./card";
import { rowsOf } from "./rows_of";
import { demandsOf, useColumn, type Order } from "./use_column";

const NewChangeDialog = part(() => import("./new_change_dialog"));

const STATES = [Change_State.PROPOSED, Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.SHIPPED];
// Shown where there is something in them.
const RARE = [Change_State.VERIFIED, Change_State.REGRESSED];

// With it, or without it where it was there.
function toggled<T>(set: Set<T>, one: T): Set<T> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}

export default function Board() {
  const { t, f } = useWords();
  const [, go] = useLocation();
  const [order, setOrder] = useState<Order>("evidence");
  const [current, setCurrent] = useState("");
  const [opened, setOpened] = useState<Set<string>>(new Set());
  const [unfolded, setUnfolded] = useState<Change_State>();
  // Of those that are seldom looked at.
  const [widened, setWidened] = useState<Set<Change_State>>(new Set());
  const [asking, setAsking] = useState<{ change: Change; transition: Transition }>();
  const [making, setMaking] = useState(false);
  const dragged = useRef<Change>();
  const maker = making && (
    <Opened onClose={() => setMaking(false)}>
      <NewChangeDialog go={go} onClose={() => setMaking(false)} />
    </Opened>
  );
  const movable = may("changes.decide");
  const columns = [...STATES, ...RARE].map((state) => useColumn(state, order));
  const shown = columns.filter((column, index) => index < STATES.length || column.changes.length);
  const all = shown.flatMap((column) => column.changes);
  const most = Math.max(1, ...all.map(demandsOf));

  const at = shown.findIndex((column) => column.changes.some((change) => change.name === current));
  const change = all.find((one) => one.name === current);
  const choose = (name: string | undefined) => {
    if (!name) return;
    setCurrent(name);
    document.getElementById(`card-${idOf(name)}`)?.focus({ preventScroll: false });
  };
  const step = (by: number) => {
    const column = shown[Math.max(at, 0)]?.changes ?? [];
    const index = column.findIndex((one) => one.name === current);
    choose(column[index < 0 ? 0 : Math.min(Math.max(index + by, 0), column.length - 1)]?.name);
  };
  const moveTo = (one: Change, state: Change_State) => {
    const transition = INTO[state];
    if (one.state === state) return;
    if (transition && mayGo(one, transition) && isOffered(one, transition)) setAsking({ change: one, transition });
    else say(t.board.noWay, { bad: true });
  };
  const toggle = (name: string) => setOpened((old) => toggled(old, name));

  const actions = useMemo<Action[]>(() => {
    const group = t.keys.groupBoard;
    const shift = (by: number) => () => {
      const target = STATES[STATES.indexOf(change?.state ?? 0) + by];
      if (change && target) moveTo(change, target);
      else say(t.board.noWay, { bad: true });
    };
    return [
      { id: "down", label: t.board.next, group, keys: ["j", "arrowdown"], keysOnly: true, repeats: true, run: () => step(1) },
      { id: "up", label: t.board.previous, group, keys: ["k", "arrowup"], keysOnly: true, repeats: true, run: () => step(-1) },
      ...shown.map(({ state, changes }, index) => ({
        id: `column-${index}`,
        label: t.board.columnKey(t.changeState[state]!),
        group,
        keys: [String(index + 1)],
        keysOnly: true,
        run: () => {
          setWidened((old) => new Set([...old, state]));
          // Its cards are there then.
          setTimeout(() => choose(changes[0]?.name));
        },
      })),
      ...(movable
        ? [
            { id: "right", label: t.board.right, group, keys: ["arrowright"], run: shift(1) },
            { id: "left", label: t.board.left, group, keys: ["arrowleft"], run: shift(-1) },
            { id: "drop", label: t.change.drop, group, keys: ["d"], run: () => change && moveTo(change, Change_State.DROPPED) },
          ]
        : []),
      ...(may("changes.write") ? [{ id: "make", label: t.board.newTitle, group, run: () => setMaking(true) }] : []),
      { id: "expand", label: t.board.expand, group, keys: ["+"], keysOnly: true, run: () => current && toggle(current) },
      { id: "open", label: t.board.openChange, group, keys: ["enter"], keysOnly: true, run: () => current && go(`/changes/${idOf(current)}`) },
    ];
  }, [t, current, change, all.map((one) => one.name + one.state).join(), go]);
  useActions(actions);

  const failure = columns.find((column) => column.error);
  const empty = columns.every((column) => !column.loading && !column.changes.length);
  if (failure || empty) {
    return (
      <Page title={t.nav.board} className="board emptyd">
        {failure ? (
          <Failure error={failure.error} onRetry={failure.retry} />
        ) : (
          <Empty title={t.board.emptyTitle} text={t.board.emptyText}>
            <p className="alt">
              <button type="button" className="btn primary" onClick={() => go("/inbox")}>
                {t.board.toInbox}
              </button>
              {may("changes.write") && (
                <button type="button" className="btn" onClick={() => setMaking(true)}>
                  {t.board.newTitle}
                </button>
              )}
            </p>
          </Empty>
        )}
        {maker}
      </Page>
    );
  }
  return (
    <Page
      title={t.nav.board}
      className="board"
      tools={
        <>
          <div className="seg" role="group" aria-label={t.board.order}>
            {(["evidence", "score", "due"] as const).map((one) => (
              <button key={one} type="button" aria-pressed={one === order} onClick={() => setOrder(one)}>
                {t.board.orders[one]}
              </button>
            ))}
          </div>
          <CsvButton name="board" rows={() => rowsOf(all, t)} />
          <span className="keyb">
            <i className="e1" />
            {t.board.waiting}
            <i className="e2" />
            {t.board.answered}
          </span>
        </>
      }
    >
      {shown.map((column, index) => {
        const name = t.changeState[column.state]!;
        // On phones one column is open at a time.
        const open = unfolded === undefined ? column.changes.length > 0 && !shown.slice(0, index).some((one) => one.changes.length) : unfolded === column.state;
        const narrow = RARE.includes(column.state) && !widened.has(column.state);
        const effort = column.changes.reduce((sum, { estimate }) => sum + (estimate?.effortPercent ?? 0), 0) / 100;
        return (
          <section
            key={column.state}
            className={["bcol", open && "unfolded", narrow && "narrow"].filter(Boolean).join(" ")}
            aria-label={name}
            onDragOver={(event) => dragged.current && event.preventDefault()}
            onDrop={() => dragged.current && moveTo(dragged.current, column.state)}
          >
            <header>
              <Key of={String(index + 1)} />
              <h2>
                <button
                  type="button"
                  className="fold"
                  aria-expanded={RARE.includes(column.state) ? !narrow : open}
                  onClick={() => {
                    setUnfolded(open ? Change_State.STATE_UNSPECIFIED : column.state);
                    setWidened((old) => toggled(old, column.state));
                  }}
                >
                  {name}
                </button>
              </h2>
              <span className={column.state === Change_State.REGRESSED ? "n bad" : "n"}>
                {column.loading ? "" : f.count(column.changes.length)}
                {column.more && "+"}
              </span>
              {effort > 0 && !narrow && <span className="effort">{t.board.effort(f.decimal(effort, 1))}</span>}
            </header>
            <ul>
              {column.changes.map((one) => (
                <Card
                  key={one.name}
                  change={one}
                  most={most}
                  current={one.name === current}
                  opened={opened.has(one.name)}
                  onChoose={() => setCurrent(one.name)}
                  onToggle={() => toggle(one.name)}
                  onDrag={movable ? (on) => (dragged.current = on ? one : undefined) : undefined}
                />
              ))}
              {!column.changes.length && !column.loading && <li className="none">{t.board.emptyColumn}</li>}
              {column.state === Change_State.PROPOSED && may("changes.write") && (
                <li className="make">
                  <button type="button" className="btn quiet" onClick={() => setMaking(true)}>
                    <Icon name="plus" />
                    {t.board.newTitle}
                  </button>
                </li>
              )}
              {column.more && (
                <li>
                  <button type="button" className="btn quiet" onClick={column.readMore}>
                    {t.more}
                  </button>
                </li>
              )}
            </ul>
          </section>
        );
      })}
      {maker}
      {asking && <TransitionDialog {...asking} onClose={() => setAsking(undefined)} />}
    </Page>
  );
}
