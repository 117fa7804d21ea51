// Where all complaints stand now, as a flow.
import { useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";

import { Change_State } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { failureOf } from "../../base/api";
import { PAGED, useAllPages } from "../../base/pages";
import { CsvButton } from "../../parts/csv_button";
import { Failure } from "../../parts/small";
import { WriteDown } from "../../parts/write_down";
import { useWords } from "../../words/words";
import { mostStoppedAt, standingsOf } from "./standing";
import { StandingFlow } from "./standing_flow";

// Those that may have answered complaints: a part of what is in progress may have shipped.
const ANSWERING = [Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.SHIPPED, Change_State.VERIFIED, Change_State.REGRESSED];

export function AllLoops({ first }: { first: boolean }) {
  const { t, f } = useWords();
  const counts = useQuery(TicketService.method.countTickets, {});
  const changes = useInfiniteQuery(ChangeService.method.listChanges, { states: ANSWERING, pageSize: 200, pageToken: "" }, PAGED);
  useAllPages(changes);
  const nodes = useMemo(
    () => standingsOf(counts.data?.states ?? [], changes.data?.pages.flatMap((page) => page.changes) ?? []),
    [counts.data, changes.data],
  );
  const countOf = (place: string) => f.count(nodes.find((node) => node.place === place)?.count ?? 0);
  const stopped = mostStoppedAt(nodes);
  const head = nodes.length ? t.loop.flowSay(countOf("received"), countOf("changed")) : counts.data ? t.loop.emptyText : "";
  const rows = () => [
    [t.loop.from, t.loop.to, t.csv.tickets],
    ...nodes.flatMap(({ place, from, count }) => (from ? [[t.loop.places[from], t.loop.places[place], String(count)]] : [])),
  ];
  const error = failureOf(counts) ?? failureOf(changes);
  const known = Boolean(counts.data && changes.data && !changes.hasNextPage);
  return (
    <section className={first ? "lead" : ""} aria-busy={!known && !error}>
      {first ? <h2 className="say">{head}</h2> : <h3>{t.loop.flow}</h3>}
      {error ? (
        <Failure error={error} onRetry={() => void Promise.all([counts.refetch(), changes.refetch()])} />
      ) : nodes.length ? (
        known && (
          <>
            <p className="sub">
              {!first && `${head} `}
              {stopped && t.loop.stoppedSay(t.loop.places[stopped.place], f.count(stopped.count))} <CsvButton name="flow" rows={rows} />
            </p>
            <StandingFlow nodes={nodes} label={t.loop.flow} />
            <p className="meta">{t.loop.flowHint}</p>
          </>
        )
      ) : (
        counts.data && <WriteDown />
      )}
    </section>
  );
}
