// Lists that come page by page.
import { useEffect } from "react";

export const PAGED = { pageParamKey: "pageToken", getNextPageParam: (page: { nextPageToken: string }) => page.nextPageToken || undefined } as const;

interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage(): Promise<unknown>;
}

// Reads on until all of it is there.
export function useAllPages({ hasNextPage, isFetchingNextPage, fetchNextPage }: Paged): void {
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage]);
}
