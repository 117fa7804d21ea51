// The list of a view: pages as they are scrolled to, and what came in since it was read.
import { createConnectQueryKey, useInfiniteQuery } from "@connectrpc/connect-query";
import { useEffect, useMemo, useState } from "react";

import type { Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { failureOf, queries, tickets as api, transport } from "../../base/api";
import { readTicketsAnew } from "../../base/cache";
import { onEvents } from "../../base/live";
import { PAGED } from "../../base/pages";
import { settings, useSettings } from "../../base/settings";
import { belongsIn, reasonOf, viewOf, VIEWS, type ViewName } from "./views";

const PAGE_SIZE = 100;
// Where what comes in belongs.
const FED: ViewName[] = ["open", "unassigned", "all"];

export interface TicketList {
  tickets: Ticket[];
  // There are more behind these.
  more: boolean;
  loading: boolean;
  error: unknown;
  // Made since the list was read.
  fresh: number;
  readMore: () => void;
  readAnew: () => void;
}

function inputOf(view: ViewName, contactReason: string, member: string) {
  const assignee = view === "mine" && member ? `members/${member}` : "";
  return { ...VIEWS[view], assignee, contactReason, pageSize: PAGE_SIZE, pageToken: "" };
}

// Asks for the first page of an address while the page itself is still being made.
export function warm(search: string): void {
  const input = inputOf(viewOf(search), reasonOf(search), settings().member);
  const { pageParamKey } = PAGED;
  void queries.prefetchInfiniteQuery({
    queryKey: createConnectQueryKey({ schema: TicketService.method.listTickets, input, transport, cardinality: "infinite", pageParamKey }),
    queryFn: () => api.listTickets(input),
    initialPageParam: "",
  });
}

export function useTickets(view: ViewName, contactReason: string, decidedHere: Set<string>): TicketList {
  const { member } = useSettings();
  const query = useInfiniteQuery(TicketService.method.listTickets, inputOf(view, contactReason, member), PAGED);
  const [fresh, setFresh] = useState<Set<string>>(new Set());
  useEffect(
    () =>
      onEvents((events) => {
        const made = events.filter(({ event }) => event.case === "ticketEvent" && event.value.kind.case === "ticketCreated");
        const names = made.flatMap(({ event }) => (event.case === "ticketEvent" ? [event.value.facts?.ticket ?? ""] : []));
        if (names.length) setFresh((old) => new Set([...old, ...names]));
      }),
    [],
  );
  // What a page of the list has since brought is left out below; a decision changes the page, and brings nothing.
  useEffect(() => setFresh(new Set()), [view, contactReason]);

  const all = useMemo(() => query.data?.pages.flatMap((page) => page.tickets) ?? [], [query.data]);
  const shown = useMemo(
    // What was decided here leaves the list at once, unless it belongs there all the same; what others decide stays in its place until the list is read anew.
    () => all.filter((ticket) => !decidedHere.has(ticket.name) || belongsIn(view, ticket)),
    [all, view, decidedHere],
  );
  const known = useMemo(() => new Set(all.map((ticket) => ticket.name)), [all]);
  return {
    tickets: shown,
    more: query.hasNextPage,
    loading: query.isPending,
    error: failureOf(query),
    fresh: FED.includes(view) && !contactReason ? [...fresh].filter((name) => !known.has(name)).length : 0,
    readMore: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
    readAnew: () => {
      setFresh(new Set());
      readTicketsAnew();
    },
  };
}
