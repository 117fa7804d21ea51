// What the page of the day reads, of this member.
import { useQuery } from "@connectrpc/connect-query";

import { Change_State } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService, ListChangesRequest_Order } from "@protos/dangol/backlog/v1/change_service_pb";
import { EngineService } from "@protos/dangol/metrics/v1/engine_service_pb";
import { KpiService } from "@protos/dangol/metrics/v1/kpi_service_pb";
import { LoopService } from "@protos/dangol/metrics/v1/loop_service_pb";
import { ReviewService } from "@protos/dangol/metrics/v1/review_service_pb";
import { View } from "@protos/dangol/tickets/v1/ticket_query_pb";
import { TicketService } from "@protos/dangol/tickets/v1/ticket_service_pb";
import { Ticket_State } from "@protos/dangol/tickets/v1/ticket_pb";
import { addDays, dayIn } from "../../base/days";
import { useMembers } from "../../parts/members";
import { useEngine, useKpis } from "../engine/data";
import { byWaiting, dueStages, remarksTo, toDecide, waitsForAgreement } from "./due";

const TICKETS_MAX = 100;
const CHANGES_MAX = 100;
const REMARKS_MAX = 200;

// What carries on until it is there for everyone.
const CARRIED = [Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.REGRESSED];

export function useToday(member: string, now: Date) {
  const of = { enabled: Boolean(member) };
  const list = useEngine(undefined);
  const engine = list.engine?.name ?? "";
  const ofEngine = { enabled: Boolean(member && engine) };
  const { kpis } = useKpis(engine);
  const members = useMembers();
  const missing = useQuery(KpiService.method.listMissingEntries, { parent: engine, member, pageSize: 1000 }, ofEngine);
  const remarks = useQuery(ReviewService.method.listRemarks, { parent: engine, pageSize: REMARKS_MAX }, ofEngine);
  const revisions = useQuery(EngineService.method.listEngineRevisions, { parent: engine, pageSize: 1 }, ofEngine);
  const mine = useQuery(TicketService.method.listTickets, { view: View.MINE, assignee: member, pageSize: TICKETS_MAX }, of);
  const order = ListChangesRequest_Order.DECIDE_DUE_TIME;
  const undecided = useQuery(ChangeService.method.listChanges, { undecided: true, order, pageSize: CHANGES_MAX }, of);
  const carried = useQuery(ChangeService.method.listChanges, { owner: member, states: CARRIED, pageSize: CHANGES_MAX }, of);
  const counts = useQuery(TicketService.method.countTickets, {});
  const yesterday = addDays(dayIn("UTC", now), -1);
  const flow = useQuery(LoopService.method.listStateCounts, { firstDay: yesterday, lastDay: yesterday, pageSize: 100 });

  const self = members.data?.members.find((one) => one.name === member);
  const all = [list, members, missing, remarks, revisions, mine, undecided, carried, counts];
  const answered = (flow.data?.counts ?? []).filter((one) => one.state === Ticket_State.ANSWERED);
  return {
    engine: list.engine,
    kpis,
    self,
    tickets: byWaiting(mine.data?.tickets ?? []),
    stages: dueStages(missing.data?.missingEntries ?? [], kpis, now),
    decisions: toDecide(undecided.data?.changes ?? [], member),
    carried: carried.data?.changes ?? [],
    remarks: remarksTo(remarks.data?.remarks ?? [], member, self?.displayName ?? ""),
    revision: waitsForAgreement(revisions.data?.revisions[0], self) ? revisions.data!.revisions[0] : undefined,
    // Complaints that are there at all.
    received: (counts.data?.states ?? []).reduce((sum, one) => sum + Number(one.tickets), 0),
    answeredYesterday: answered.reduce((sum, one) => sum + Number(one.entered), 0),
    loading: all.some((query) => query.isLoading),
    error: all.find((query) => query.error)?.error ?? null,
    readAnew: () => all.forEach((query) => void query.refetch()),
  };
}

export type Today = ReturnType<typeof useToday>;
