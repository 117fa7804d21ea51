// Lists that come page by page.
import { useEffect } from "react";

export const PAGED = { pageParamKey: "pageToken", getNextPageParam: (page: { nextPageToken: string }) => page.nextPageToken || undefined } as const;

interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  fetchNextPage(): Promise<unknown>;
}

// Reads on until all of it is there; behind a page that failed once what is there was read again.
export function useAllPages({ hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage }: Paged): void {
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError]);
}
