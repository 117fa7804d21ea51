// The changes of one column.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";

import type { Change, Change_State } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { failureOf } from "../../base/api";
import { PAGED } from "../../base/pages";

const PAGE_SIZE = 100;

export type Order = "evidence" | "score" | "due";

const NEVER = Infinity;

function dueOf(change: Change): number {
  const due = change.decideDueTime ?? change.targetTime;
  return due ? timestampMs(due) : NEVER;
}

const ORDERS: Record<Order, (one: Change, other: Change) => number> = {
  evidence: (one, other) => demandsOf(other) - demandsOf(one),
  score: (one, other) => Number(other.scoreHundredths - one.scoreHundredths),
  due: (one, other) => (dueOf(one) === dueOf(other) ? 0 : dueOf(one) - dueOf(other)),
};

export function demandsOf(change: Change): number {
  return Number(change.evidence?.demands ?? 0n);
}

export function useColumn(state: Change_State, order: Order) {
  const query = useInfiniteQuery(
    ChangeService.method.listChanges,
    { states: [state], pageSize: PAGE_SIZE, pageToken: "" },
    PAGED,
  );
  const changes = useMemo(() => {
    const read = query.data?.pages.flatMap((page) => page.changes) ?? [];
    return [...read].sort(ORDERS[order]);
  }, [query.data, order]);
  return {
    state,
    changes,
    more: query.hasNextPage,
    loading: query.isPending,
    error: failureOf(query),
    readMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}
