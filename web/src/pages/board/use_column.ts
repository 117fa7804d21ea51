// The changes of one column.
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";

import type { Change, Change_State } from "@protos/dangol/backlog/v1/change_pb";
import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";

const PAGE_SIZE = 100;

export type Order = "evidence" | "new";

export function demandsOf(change: Change): number {
  return Number(change.evidence?.demands ?? 0n);
}

export function useColumn(state: Change_State, order: Order) {
  const query = useInfiniteQuery(
    ChangeService.method.listChanges,
    { states: [state], pageSize: PAGE_SIZE, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  const changes = useMemo(() => {
    const read = query.data?.pages.flatMap((page) => page.changes) ?? [];
    return order === "new" ? read : [...read].sort((one, other) => demandsOf(other) - demandsOf(one));
  }, [query.data, order]);
  return {
    state,
    changes,
    more: query.hasNextPage,
    loading: query.isPending,
    error: query.error,
    readMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}
