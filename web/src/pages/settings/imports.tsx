// What was brought in from files: taken back, and given back.
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import type { Import } from "@protos/dangol/tickets/v1/import_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { readAnew, tickets } from "../../base/api";
import { idOf, requestId } from "../../base/ids";
import { useNow } from "../../base/now";
import { PAGED } from "../../base/pages";
import { may } from "../../base/session";
import { say, sayFailure } from "../../base/toast";
import { dateOf } from "../../format/time";
import { CsvButton } from "../../parts/csv_button";
import { useMemberNames } from "../../parts/members";
import { Failure } from "../../parts/small";
import { Table } from "../../parts/table";
import { useWords } from "../../words/words";

// While one of them is taken back or given back.
const EVERY_MS = 2_000;

type Stand = "there" | "leaving" | "gone" | "returning";

export function standOf(one: Import): Stand {
  if (!one.undoTime) return "there";
  if (one.restoreTime) return one.restoreFinishTime ? "there" : "returning";
  return one.undoFinishTime ? "gone" : "leaving";
}

function useStand() {
  const nameOf = useMemberNames();
  const { t, f } = useWords();
  const now = useNow();
  const k = t.settings.import;
  return (one: Import): string => {
    const said = (time: Date | undefined, by: string) => [time && f.dateTime(time, now), by && nameOf(by)].filter(Boolean).join(" · ");
    switch (standOf(one)) {
      case "leaving":
        return k.leaving(f.count(one.withdrawnTickets));
      case "gone":
        return `${k.gone(f.count(one.withdrawnTickets), f.count(one.tickets - one.withdrawnTickets))} · ${said(dateOf(one.undoTime), one.undoneBy)}`;
      case "returning":
        return k.returning(f.count(one.restoredTickets));
      default:
        return one.restoreTime ? `${k.returned(f.count(one.restoredTickets))} · ${said(dateOf(one.restoreTime), one.restoredBy)}` : k.there;
    }
  };
}

function Row({ one }: { one: Import }) {
  const { t, f } = useWords();
  const k = t.settings.import;
  const now = useNow();
  const said = useStand();
  const [asking, setAsking] = useState(false);
  const stand = standOf(one);
  const came = dateOf(one.createTime);
  const change = (call: (request: { name: string; requestId: string }) => Promise<Import>, done: string) => {
    setAsking(false);
    call({ name: one.name, requestId: requestId() })
      .then(() => say(done), (error: unknown) => sayFailure(error, t))
      .finally(() => void readAnew(TicketService));
  };
  return (
    <tr>
      <th scope="row">{idOf(one.name)}</th>
      <td>{came && f.dateTime(came, now)}</td>
      <td className="r">{f.count(one.tickets)}</td>
      <td className={stand === "gone" ? "t3" : ""}>{said(one)}</td>
      <td className="acts">
        {!may("imports.undo") ? null : asking ? (
          <>
            <button type="button" className="btn danger" onClick={() => change((request) => tickets.undoImport(request), k.undone)}>
              {k.undoSure}
            </button>
            <button type="button" className="btn quiet" onClick={() => setAsking(false)}>
              {t.action.cancel}
            </button>
          </>
        ) : stand === "there" ? (
          <button type="button" className="btn quiet" onClick={() => setAsking(true)}>
            {k.undo}
          </button>
        ) : (
          stand === "gone" && (
            <button type="button" className="btn quiet" onClick={() => change((request) => tickets.restoreImport(request), k.restored)}>
              {k.restore}
            </button>
          )
        )}
      </td>
    </tr>
  );
}

export function Imports() {
  const { t } = useWords();
  const k = t.settings.import;
  const said = useStand();
  const query = useInfiniteQuery(TicketService.method.listImports, { pageSize: 100, pageToken: "" }, {
    ...PAGED,
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.imports.some((one) => ["leaving", "returning"].includes(standOf(one)))) ? EVERY_MS : false),
  });
  const all = query.data?.pages.flatMap((page) => page.imports) ?? [];
  const head = [k.name, k.came, t.csv.tickets, t.csv.state];
  const rows = () => [head, ...all.map((one) => [idOf(one.name), dateOf(one.createTime)?.toISOString() ?? "", String(one.tickets), said(one)])];
  return (
    <section className="lead">
      <h2>{t.settings.parts.imports}</h2>
      <p className="sub">
        {k.text} {all.length > 0 && <CsvButton name="imports" rows={rows} />}
      </p>
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && !all.length && (
        <p className="sub">
          {k.none} <code>dangol import csv --help</code>
        </p>
      )}
      {all.length > 0 && (
        <Table label={t.settings.parts.imports} head={[...head, ""]} numbers={[2]}>
          {all.map((one) => (
            <Row key={one.name} one={one} />
          ))}
        </Table>
      )}
      {query.hasNextPage && (
        <button type="button" className="btn" onClick={() => void query.fetchNextPage()}>
          {t.more}
        </button>
      )}
    </section>
  );
}
