// What shipped to everyone, as marks on the charts of a stage.
import { useInfiniteQuery } from "@connectrpc/connect-query";

import { Change_State, type Change } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { dayIn, type Day } from "../../base/days";
import { PAGED, useAllPages } from "../../base/pages";
import { dateOf } from "../../format/time";

export interface ShipMark {
  // `changes/{change}`
  change: string;
  title: string;
  // Which of the days.
  at: number;
}

// What is taken back is no mark; what ships again has one for each time.
export function marksOf(changes: Change[], days: Day[], zone: string): ShipMark[] {
  const places = new Map(days.map((day, at) => [day, at]));
  const marks = changes.flatMap(({ name, title, shipments }) =>
    shipments.flatMap(({ partial, revertTime, shipTime }) => {
      const time = dateOf(shipTime);
      const at = time && places.get(dayIn(zone, time));
      return at === undefined || partial || revertTime ? [] : [{ change: name, title, at }];
    }),
  );
  return marks.sort((one, other) => one.at - other.at);
}

// Those that ever shipped, be it that they are worked on again.
const SHIPPED = [Change_State.PLANNED, Change_State.IN_PROGRESS, Change_State.SHIPPED, Change_State.VERIFIED, Change_State.REGRESSED];

export function useShipped(stage: string): Change[] {
  const query = useInfiniteQuery(ChangeService.method.listChanges, { stage, states: SHIPPED, pageSize: 200, pageToken: "" }, PAGED);
  useAllPages(query);
  return query.data?.pages.flatMap((page) => page.changes) ?? [];
}
