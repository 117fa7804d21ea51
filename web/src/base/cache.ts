// Keeps what the pages have read in step with what happens.
import { isMessage } from "@bufbuild/protobuf";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { InfiniteData } from "@tanstack/react-query";

import { ChangeService, type ListChangesResponse } from "@protos/dangol/backlog/v1/change_service_pb";
import type { Change } from "@protos/dangol/backlog/v1/change_pb";
import type { WatchEvent } from "@protos/dangol/gateway/v1/live_service_pb";
import { PolicyService } from "@protos/dangol/tickets/v1/policy_service_pb";
import { CustomerService } from "@protos/dangol/tickets/v1/customer_service_pb";
import { TicketSchema, type Ticket } from "@protos/dangol/tickets/v1/ticket_pb";
import type { ListTicketsResponse } from "@protos/dangol/tickets/v1/ticket_query_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { queries, tickets, transport } from "./api";
import { onEvents } from "./live";

export function ticketKey(name: string) {
  return createConnectQueryKey({ schema: TicketService.method.getTicket, input: { name }, transport, cardinality: "finite" });
}
export function messagesKey(parent: string) {
  return createConnectQueryKey({ schema: TicketService.method.listMessages, input: { parent }, transport, cardinality: "infinite" });
}
export function attachmentsKey(parent: string) {
  return createConnectQueryKey({ schema: TicketService.method.listAttachments, input: { parent }, transport, cardinality: "finite" });
}
export function changeKey(name: string) {
  return createConnectQueryKey({ schema: ChangeService.method.getChange, input: { name }, transport, cardinality: "finite" });
}
const ticketLists = createConnectQueryKey({ schema: TicketService.method.listTickets, transport, cardinality: "infinite" });
// Those that are not scrolled in: what one person owes, what waits at a stage.
const shortTicketLists = createConnectQueryKey({ schema: TicketService.method.listTickets, transport, cardinality: "finite" });
const changeLists = createConnectQueryKey({ schema: ChangeService.method.listChanges, transport, cardinality: undefined });

// Puts a ticket in place of what was read of it before, wherever it is shown. Lists keep their order.
export function putTicket(ticket: Ticket): void {
  queries.setQueryData(ticketKey(ticket.name), ticket);
  queries.setQueriesData<InfiniteData<ListTicketsResponse>>({ queryKey: ticketLists }, (old) => {
    if (!old?.pages.some((page) => page.tickets.some((one) => one.name === ticket.name))) return old;
    const pages = old.pages.map((page) => ({
      ...page,
      tickets: page.tickets.map((one) => (one.name === ticket.name ? ticket : one)),
    }));
    return { ...old, pages };
  });
}

export function putChange(change: Change): void {
  queries.setQueryData(changeKey(change.name), change);
  queries.setQueriesData<InfiniteData<ListChangesResponse>>({ queryKey: changeLists }, (old) => {
    if (!old || !("pages" in old)) return old;
    const replaced = (page: ListChangesResponse) => ({
      ...page,
      changes: page.changes.map((one) => (one.name === change.name ? change : one)),
    });
    return { ...old, pages: old.pages.map(replaced) };
  });
  void queries.invalidateQueries({ queryKey: changeLists });
}

// A ticket as it is known here, be it from a list.
export function knownTicket(name: string): Ticket | undefined {
  const one = queries.getQueryData(ticketKey(name));
  if (isMessage(one, TicketSchema)) return one;
  for (const [, list] of queries.getQueriesData<InfiniteData<ListTicketsResponse>>({ queryKey: ticketLists })) {
    const found = list?.pages.flatMap((page) => page.tickets).find((ticket) => ticket.name === name);
    if (found) return found;
  }
  return undefined;
}

// The list as it is now from its beginning; pages that were scrolled to are read again when they are scrolled to.
export function readTicketsAnew(): void {
  queries.setQueriesData<InfiniteData<ListTicketsResponse>>({ queryKey: ticketLists }, (old) =>
    old && { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) },
  );
  void queries.invalidateQueries({ queryKey: ticketLists });
}

const people = createConnectQueryKey({ schema: CustomerService, transport, cardinality: undefined });
// The policy, and contact reasons with their counts.
const agreed = createConnectQueryKey({ schema: PolicyService, transport, cardinality: undefined });
const demandLists = createConnectQueryKey({ schema: ChangeService.method.listDemands, transport, cardinality: undefined });
const commentLists = createConnectQueryKey({ schema: ChangeService.method.listComments, transport, cardinality: "infinite" });
const publishedLists = createConnectQueryKey({ schema: ChangeService.method.listPublishedChanges, transport, cardinality: "infinite" });
const counts = createConnectQueryKey({ schema: TicketService.method.countTickets, transport, cardinality: "finite" });
// What is kept of what other services tell: by name, since the first page does without them.
const LEDGER = new Set(["dangol.metrics.v1.LoopService", "dangol.metrics.v1.EffectService"]);

const AT_ONCE = 100;
const GATHER_MS = 250;
// The ledger follows the other services, and nobody watches it by the second.
const LEDGER_MS = 2_000;

let touched = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
let ledgerTimer: ReturnType<typeof setTimeout> | undefined;

async function reread(names: string[]): Promise<void> {
  const changed = names.filter((name) => name.startsWith("changes/"));
  for (const name of changed) void queries.invalidateQueries({ queryKey: changeKey(name) });
  if (changed.length) {
    void queries.invalidateQueries({ queryKey: changeLists });
    void queries.invalidateQueries({ queryKey: demandLists });
    void queries.invalidateQueries({ queryKey: commentLists });
    void queries.invalidateQueries({ queryKey: publishedLists });
  }
  if (names.some((name) => name.startsWith("customers/"))) void queries.invalidateQueries({ queryKey: people });
  const shown = names.filter((name) => name.startsWith("tickets/") && knownTicket(name));
  for (let at = 0; at < shown.length; at += AT_ONCE) {
    const some = shown.slice(at, at + AT_ONCE);
    for (const name of some) {
      void queries.invalidateQueries({ queryKey: messagesKey(name) });
      void queries.invalidateQueries({ queryKey: attachmentsKey(name) });
    }
    // Where a service is away, its next event or the next look tells.
    await tickets.batchGetTickets({ names: some }).then(
      (read) => {
        read.tickets.forEach(putTicket);
        // Long ones that did not fit.
        shown.push(...read.leftNames);
      },
      () => undefined,
    );
  }
}

function namesOf(event: WatchEvent): string[] {
  const resources = event.event.value?.envelope?.resources ?? [];
  // A message and a file belong to their ticket, a shipment to its change.
  return resources.map(({ name }) => name.split("/").slice(0, 2).join("/"));
}

function serviceOf({ queryKey }: { queryKey: readonly unknown[] }): string {
  return (queryKey[1] as { serviceName?: string } | undefined)?.serviceName ?? "";
}

// Engines, numbers, members, effects: whatever the metrics service tells of itself.
function isOfEngines(query: { queryKey: readonly unknown[] }): boolean {
  return serviceOf(query).startsWith("dangol.metrics.") && serviceOf(query) !== "dangol.metrics.v1.LoopService";
}

export function followEvents(): void {
  onEvents((events, reset, began) => {
    if (reset) return void queries.invalidateQueries();
    // What was read while the stream was on its way may be older than where it begins.
    if (began) void queries.invalidateQueries({ predicate: ({ state }) => state.fetchStatus === "idle" });
    if (events.some((event) => event.feed === "metrics")) void queries.invalidateQueries({ predicate: isOfEngines });
    for (const event of events) for (const name of namesOf(event)) touched.add(name);
    timer ??= setTimeout(() => {
      timer = undefined;
      const names = [...touched];
      touched = new Set();
      void reread(names);
    }, GATHER_MS);
    ledgerTimer ??= setTimeout(() => {
      ledgerTimer = undefined;
      void queries.invalidateQueries({ predicate: (query) => LEDGER.has(serviceOf(query)) });
      void queries.invalidateQueries({ queryKey: counts });
      void queries.invalidateQueries({ queryKey: shortTicketLists });
      void queries.invalidateQueries({ queryKey: agreed });
    }, LEDGER_MS);
  });
}
