// The rows. Only those that can be seen are in the page, whatever the length of the list.
import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";

import { Ticket_State, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { dateOf } from "../../format/time";
import { useNow } from "../../base/now";
import { usePainted } from "../../base/painted";
import { firstWords } from "../../base/texts";
import { useWho } from "../../parts/customer";
import { Icon } from "../../parts/icon";
import { useReasonNames } from "../../parts/reasons";
import { useWords } from "../../words/words";
import type { TicketList } from "./use_tickets";
import { dueOf, statesOf, type ViewName } from "./views";

const ROW_PX = 32;
const PHONE_ROW_PX = 65;
const OVERSCAN = 16;
// So many rows are passed before the rows in the page are made anew.
const STEP = 8;
const RESTS_MS = 120;

interface RowProps {
  ticket: Ticket;
  about: string;
  view: ViewName;
  current: boolean;
  selecting: boolean;
  selected: boolean;
  nowMs: number;
  // False while the list moves: who it is, is asked once it rests.
  resting: boolean;
}

const Row = memo(function Row({ ticket, about, view, current, selecting, selected, nowMs, resting }: RowProps) {
  const { t, f } = useWords();
  const unread = ticket.state === Ticket_State.RECEIVED;
  const received = dateOf(ticket.receiveTime);
  const states = statesOf(view);
  // Others have decided it since the list was read, or the list shows all states.
  const state = !states.length || !states.includes(ticket.state) ? t.ticketState[ticket.state] : undefined;
  const due = dueOf(ticket, nowMs);
  const dueSaid = due === "over" ? t.today.overdue : due === "today" ? t.today.dueToday : "";
  const mark = dueSaid || (ticket.recurrence ? t.inbox.recurred : unread ? t.inbox.unread : t.inbox.read);
  const channel = ticket.source?.channel ?? "";
  const customer = ticket.anonymous ? "" : ticket.customer;
  const { name: who, restricted } = useWho(customer, resting);
  const classes = ["row", unread && "new", current && "on", selected && "sel"].filter(Boolean).join(" ");
  return (
    <span className={classes}>
      {selecting ? (
        <span className={selected ? "box in" : "box"} aria-hidden="true">
          {selected && <Icon name="check" />}
        </span>
      ) : (
        <span className={`due ${ticket.recurrence ? "over" : (due ?? (unread ? "" : "no"))}`} role="img" aria-label={mark} />
      )}
      <span className={who ? "who" : "who came"}>{who || t.channel[channel] || channel || "–"}</span>
      <span className="say" lang={ticket.language || undefined} dir="auto">
        {restricted ? t.customer.restrictedWords : ticket.hidden ? t.customer.hiddenWords : firstWords(ticket) || t.inbox.noWords}
      </span>
      <span className="why">{state ?? about}</span>
      <span className="age">{received && f.age(nowMs - received.getTime())}</span>
    </span>
  );
});

interface Props {
  list: TicketList;
  view: ViewName;
  current: string;
  selected: Set<string>;
  onOpen: (name: string) => void;
  onToggle: (name: string) => void;
}

export function TicketRows({ list, view, current, selected, onOpen, onToggle }: Props) {
  const { t } = useWords();
  const reasons = useReasonNames();
  const nowMs = useNow().getTime();
  const box = useRef<HTMLUListElement>(null);
  const [scroll, setScroll] = useState({ first: 0, height: 900, row: ROW_PX });
  const [resting, setResting] = useState(false);
  const rests = useRef<ReturnType<typeof setTimeout>>();
  const measure = () => {
    const element = box.current;
    if (!element) return;
    const row = matchMedia("(max-width: 719px)").matches ? PHONE_ROW_PX : ROW_PX;
    const first = Math.floor(element.scrollTop / row / STEP) * STEP;
    setScroll((old) => (old.first === first && old.height === element.clientHeight && old.row === row ? old : { first, height: element.clientHeight, row }));
  };
  const restSoon = () => {
    clearTimeout(rests.current);
    rests.current = setTimeout(() => setResting(true), RESTS_MS);
  };
  const onScroll = () => {
    measure();
    setResting(false);
    restSoon();
  };
  const any = list.tickets.length > 0;
  // The rows that are in sight are shown; those behind them, and who each is, can wait for that.
  const settled = usePainted(any);
  useEffect(() => {
    if (any) restSoon();
  }, [any]);
  useEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      clearTimeout(rests.current);
    };
  }, []);

  const { tickets } = list;
  const first = Math.max(0, scroll.first - OVERSCAN);
  const last = Math.min(tickets.length, scroll.first + Math.ceil(scroll.height / scroll.row) + (settled ? STEP + OVERSCAN : 0));
  const index = tickets.findIndex((ticket) => ticket.name === current);
  useEffect(() => {
    if (list.more && last >= tickets.length - OVERSCAN) list.readMore();
  }, [last, tickets.length, list.more]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || index < 0) return;
    const top = index * scroll.row;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + scroll.row > element.scrollTop + element.clientHeight) element.scrollTop = top + scroll.row - element.clientHeight;
  }, [index, scroll.row]);

  const selecting = selected.size > 0;
  return (
    <ul
      ref={box}
      className="rows"
      role="listbox"
      aria-label={t.inbox.list}
      aria-multiselectable="true"
      aria-activedescendant={index >= first && index < last ? `row-${index}` : undefined}
      tabIndex={0}
      onScroll={onScroll}
    >
      <li role="presentation" style={{ height: `${first * scroll.row}px` }} />
      {tickets.slice(first, last).map((ticket, offset) => (
        <li
          key={ticket.name}
          id={`row-${first + offset}`}
          role="option"
          aria-selected={selecting ? selected.has(ticket.name) : ticket.name === current}
          aria-setsize={list.more ? -1 : tickets.length}
          aria-posinset={first + offset + 1}
          onClick={(event) => (event.ctrlKey || event.metaKey || event.shiftKey ? onToggle(ticket.name) : onOpen(ticket.name))}
        >
          <Row
            ticket={ticket}
            about={reasons.last(ticket.contactReason)}
            view={view}
            current={ticket.name === current}
            selecting={selecting}
            selected={selected.has(ticket.name)}
            nowMs={nowMs}
            resting={resting}
          />
        </li>
      ))}
      <li role="presentation" style={{ height: `${Math.max(0, tickets.length - last) * scroll.row}px` }} />
    </ul>
  );
}
