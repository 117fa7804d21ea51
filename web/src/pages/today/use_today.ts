// What the page of the day reads, of this member.
import { useQuery } from "@connectrpc/connect-query";
import { useEffect } from "react";

import { Change_State } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService, ListChangesRequest_Order } from "@protos/dangol/backlog/v1/change_service_pb";
import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { KpiService } from "@protos/dangol/metrics/v1/kpi_service_pb";
import { LoopService } from "@protos/dangol/metrics/v1/loop_service_pb";
import { ReviewService } from "@protos/dangol/metrics/v1/review_service_pb";
import { View } from "@protos/dangol/tickets/v1/ticket_query_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { failureOf } from "../../base/api";
import { addDays, dayHere } from "../../base/days";
import { useEach } from "../../base/each";
import { may } from "../../base/session";
import { useMembers } from "../../parts/members";
import { activeOf, useEngine } from "../engine/data";
import { byWaiting, dueStages, remarksTo, toAnswer, toDecide, waitsForAgreement } from "./due";

const TICKETS_MAX = 100;
const CHANGES_MAX = 100;
const REMARKS_MAX = 200;
const CLOCK_MS = 5 * 60_000;

// What carries on until it is there for everyone.
const CARRIED = [Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.REGRESSED];

export function useToday(member: string, now: Date) {
  const of = { enabled: Boolean(member) };
  const list = useEngine(undefined);
  const { engines } = list;
  const ofEach = <T>(more: T) => (member ? engines.map(({ name }) => ({ parent: name, ...more })) : []);
  const kpis = useEach(KpiService.method.listKpis, ofEach({ pageSize: 1000 }));
  const missing = useEach(KpiService.method.listMissingEntries, ofEach({ member, pageSize: 1000 }));
  const remarks = useEach(ReviewService.method.listRemarks, ofEach({ pageSize: REMARKS_MAX }));
  const revisions = useEach(EngineService.method.listEngineRevisions, ofEach({ pageSize: 1 }));
  const members = useMembers();
  const mine = useQuery(TicketService.method.listTickets, { view: View.MINE, assignee: member, pageSize: TICKETS_MAX }, of);
  const order = ListChangesRequest_Order.DECIDE_DUE_TIME;
  const undecided = useQuery(ChangeService.method.listChanges, { undecided: true, order, pageSize: CHANGES_MAX }, of);
  const carried = useQuery(ChangeService.method.listChanges, { owner: member, states: CARRIED, pageSize: CHANGES_MAX }, of);
  const first = (order: ListChangesRequest_Order) => ({ order, pageSize: CHANGES_MAX });
  const toConclude = useQuery(ChangeService.method.listChanges, first(ListChangesRequest_Order.CONCLUDE_DUE_TIME), of);
  const toKeep = useQuery(ChangeService.method.listChanges, first(ListChangesRequest_Order.KEEP_DUE_TIME), of);
  const counts = useQuery(TicketService.method.countTickets, {});
  // Days of the ledger are of UTC: the one of this name has the hours that people work here.
  const yesterday = addDays(dayHere(now), -1);
  const flow = useQuery(LoopService.method.listStateCounts, { firstDay: yesterday, lastDay: yesterday, pageSize: 100 });

  const self = members.data?.members.find((one) => one.name === member);
  const all = [list, members, ...kpis, ...missing, ...remarks, ...revisions, mine, undecided, carried, toConclude, toKeep, counts];
  const known = activeOf(kpis.flatMap(({ data }) => data?.kpis ?? []));
  const readAnew = () => all.forEach((query) => void query.refetch());
  // What is due is told by the clock, too, and no event comes of that.
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && readAnew(), CLOCK_MS);
    return () => clearInterval(timer);
  }, [member, engines.length]);
  const answered = (flow.data?.counts ?? []).filter((one) => one.state === Ticket_State.ANSWERED);
  const lists = {
    tickets: byWaiting(mine.data?.tickets ?? []),
    stages: dueStages(missing.flatMap(({ data }) => data?.missingEntries ?? []), known, now),
    decisions: may("changes.decide") ? toDecide(undecided.data?.changes ?? [], member, self) : [],
    carried: carried.data?.changes ?? [],
    questions: may("changes.decide") ? toAnswer(toConclude.data?.changes ?? [], toKeep.data?.changes ?? [], member, self, now) : [],
    remarks: remarksTo(remarks.flatMap(({ data }) => data?.remarks ?? []), member, self?.displayName ?? "", now),
    // The newest of each engine.
    revisions: revisions.flatMap(({ data }) => data?.revisions.slice(0, 1) ?? []).filter((newest) => waitsForAgreement(newest, self)),
  };
  return {
    ...lists,
    engines,
    kpis: known,
    self,
    // All that waits, and whether there is more of it than was read.
    open: Object.values(lists).reduce((sum, list) => sum + list.length, 0),
    more: [mine, undecided, carried, toConclude, toKeep].some(({ data }) => data?.nextPageToken),
    // Complaints that are there at all.
    received: (counts.data?.states ?? []).reduce((sum, one) => sum + Number(one.tickets), 0),
    answeredYesterday: answered.reduce((sum, one) => sum + Number(one.entered), 0),
    loading: all.some((query) => query.isLoading),
    error: all.map(failureOf).find(Boolean) ?? null,
    readAnew,
  };
}

export type Today = ReturnType<typeof useToday>;
