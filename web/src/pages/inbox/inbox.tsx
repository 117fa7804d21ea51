// The inbox: read, decide, go on to the next, without leaving the keyboard.
import "../../style/inbox.css";

import { useQuery } from "@connectrpc/connect-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";

import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { Page, type PageView } from "../../app/shell";
import { useActions, type Action } from "../../base/actions";
import { idOf } from "../../base/ids";
import { useNarrow } from "../../base/narrow";
import { usePainted } from "../../base/painted";
import { CsvButton } from "../../parts/csv_button";
import { isOutOfSight } from "../../parts/customer";
import { Icon } from "../../parts/icon";
import { useReasonNames } from "../../parts/reasons";
import { Failure } from "../../parts/small";
import { useWords } from "../../words/words";
import { BulkPane } from "./bulk_pane";
import { EmptyInbox, GhostRows, HereKeys } from "./empty_inbox";
import { TicketContext } from "./ticket_context";
import { rowsOf } from "./rows_of";
import { TicketRows } from "./ticket_list";
import { TicketPane } from "./ticket_pane";
import { useTickets } from "./use_tickets";
import { countOf, isMore, pathOf, reasonOf, statesOf, viewOf, VIEWS, type ViewName } from "./views";

export { warm } from "./use_tickets";

function useViews(view: ViewName): PageView[] {
  const { t, f } = useWords();
  const counts = useQuery(TicketService.method.countTickets, {}).data;
  return (Object.keys(VIEWS) as ViewName[]).map((name) => {
    const count = countOf(name, counts);
    return {
      path: pathOf("", name),
      label: t.inbox.views[name],
      here: name === view,
      count: !count ? undefined : f.count(count) + (isMore(name, counts) ? "+" : ""),
      hot: name === "overdue" && Boolean(count),
    };
  });
}

export default function Inbox({ ticket: id }: { ticket?: string | undefined }) {
  const { t, f } = useWords();
  const reasons = useReasonNames();
  const [, go] = useLocation();
  const search = useSearch();
  const view = viewOf(search);
  const about = reasonOf(search);
  const [decided, setDecided] = useState<Set<string>>(new Set());
  const [selected, setSelected] = useState<Set<string>>(new Set());
  const list = useTickets(view, about, decided);
  const { tickets } = list;
  useEffect(() => setSelected(new Set()), [view, about]);
  // Of those that the list has: it may begin anew with fewer.
  const chosen = tickets.filter((one) => selected.has(one.name));

  // Without one in the address, wide windows show the first.
  const current = id ? `tickets/${id}` : (tickets[0]?.name ?? "");
  const index = tickets.findIndex((ticket) => ticket.name === current);
  const open = useCallback((name: string, replace = false) => go(pathOf(idOf(name), view, about), { replace }), [go, view, about]);
  const toggle = (name: string) =>
    setSelected((old) => {
      const next = new Set(old);
      if (!next.delete(name)) next.add(name);
      return next;
    });
  // Where nothing has the focus the list takes it: it says which row is the current one.
  const focusList = () => {
    if (!document.activeElement || document.activeElement === document.body) document.querySelector<HTMLElement>(".inbox .rows")?.focus({ preventScroll: true });
  };
  const move = (step: number, extend = false) => {
    focusList();
    const next = tickets[Math.min(Math.max(index + step, 0), tickets.length - 1)];
    if (!next) return;
    if (extend) setSelected((old) => new Set([...old, current, next.name]));
    open(next.name, true);
  };
  // What was decided leaves the list; the next one takes its place.
  const decidedOne = (names: string[]) => {
    const next = tickets.slice(index + 1).find((ticket) => !names.includes(ticket.name)) ?? tickets.slice(0, Math.max(index, 0)).pop();
    setDecided((old) => new Set([...old, ...names]));
    setSelected(new Set());
    if (statesOf(view).length) go(pathOf(next ? idOf(next.name) : "", view, about), { replace: true });
    // Once the dialog is gone, and with it what had the focus.
    setTimeout(focusList);
  };

  const rows = () => rowsOf(chosen.length ? chosen : tickets, t, isOutOfSight);
  const reason = tickets[index]?.contactReason;
  const actions = useMemo<Action[]>(() => {
    const group = t.keys.groupList;
    return [
      { id: "next", label: t.inbox.next, group, keys: ["j", "arrowdown"], keysOnly: true, repeats: true, run: () => move(1) },
      { id: "previous", label: t.inbox.previous, group, keys: ["k", "arrowup"], keysOnly: true, repeats: true, run: () => move(-1) },
      { id: "select", label: t.inbox.select, group, keys: ["x"], run: () => current && toggle(current) },
      { id: "extend", label: t.inbox.extendNext, group, keys: ["shift+j", "shift+arrowdown"], keysOnly: true, repeats: true, run: () => move(1, true) },
      { id: "extend-up", label: t.inbox.extendPrevious, group, keys: ["shift+k", "shift+arrowup"], keysOnly: true, repeats: true, run: () => move(-1, true) },
      {
        id: "same",
        label: t.inbox.selectSame,
        group,
        keys: ["*"],
        run: () =>
          reason && setSelected(new Set(tickets.filter((one) => one.contactReason === reason).map((one) => one.name))),
      },
      { id: "open", label: t.inbox.openIt, group, keys: ["enter"], keysOnly: true, run: () => current && open(current) },
      {
        id: "back",
        label: chosen.length ? t.inbox.clear : t.action.back,
        group,
        keys: ["escape"],
        keysOnly: true,
        run: () => (chosen.length ? setSelected(new Set()) : go(pathOf("", view, about))),
      },
    ];
  }, [t, tickets, index, current, selected, view, about]);
  useActions(actions);

  // The list comes first, unless one complaint was asked for.
  const painted = usePainted(tickets.length > 0) || Boolean(id);
  const narrow = useNarrow();
  const context = painted ? (
    <TicketContext name={current} others={tickets} onSelectSame={() => actions.find((one) => one.id === "same")!.run()} onOpen={open} />
  ) : (
    <aside className="context" aria-busy="true" aria-label={t.inbox.context} />
  );
  const bulk = chosen.length > 1;
  const empty = !list.loading && !tickets.length && !id;
  return (
    <Page
      title={t.inbox.views[view]}
      className={id ? "inbox first" : "inbox"}
      views={useViews(view)}
    >
      <section className="list" aria-label={t.inbox.list}>
        <div className="head">
          {chosen.length ? (
            <>
              <h2>{t.inbox.selected(f.count(chosen.length))}</h2>
              <span className="sp" />
              <CsvButton name={view} rows={rows} />
              <button type="button" className="btn quiet" onClick={() => setSelected(new Set())}>
                {t.inbox.clear} <kbd aria-hidden="true">Esc</kbd>
              </button>
            </>
          ) : (
            <>
              <h2>{list.loading ? t.loading : t.inbox.count(f.count(tickets.length), list.more)}</h2>
              {about ? (
                <Link className="chip accent" href={pathOf("", view)} title={t.inbox.anyReason}>
                  {reasons.full(about)} <Icon name="close" />
                </Link>
              ) : (
                <span className="t3">{t.inbox.order}</span>
              )}
              <span className="sp" />
              <CsvButton name={view} rows={rows} />
            </>
          )}
        </div>
        {list.fresh > 0 && (
          <button className="fresh" type="button" onClick={list.readAnew}>
            {t.inbox.fresh(f.count(list.fresh))}
          </button>
        )}
        {list.error ? (
          <Failure error={list.error} onRetry={list.readAnew} />
        ) : empty ? (
          <GhostRows />
        ) : (
          <TicketRows list={list} view={view} current={current} selected={selected} onOpen={(name) => open(name)} onToggle={toggle} />
        )}
      </section>
      {bulk ? (
        <BulkPane tickets={chosen} onDecided={decidedOne} />
      ) : empty ? (
        <EmptyInbox view={view} />
      ) : current && painted ? (
        <TicketPane key={current} name={current} onDecided={(name) => decidedOne([name])} onBack={() => go(pathOf("", view, about))} context={narrow && context} />
      ) : (
        <article className="detail" aria-busy="true" />
      )}
      {empty || bulk ? <HereKeys /> : !narrow && context}
    </Page>
  );
}
