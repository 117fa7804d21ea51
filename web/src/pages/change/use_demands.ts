// All who ask for a change, in the order in which they came.
import { useInfiniteQuery } from "@connectrpc/connect-query";

import { ChangeService } from "@protos/dangol/backlog/v1/change_service_pb";
import { PAGED, useAllPages } from "../../base/pages";

const PAGE = 200;

export function useDemands(change: string, enabled: boolean) {
  const query = useInfiniteQuery(ChangeService.method.listDemands, { parent: change, pageSize: PAGE, pageToken: "" }, { ...PAGED, enabled });
  useAllPages(query);
  return { ...query, demands: query.data?.pages.flatMap((page) => page.demands) ?? [] };
}
