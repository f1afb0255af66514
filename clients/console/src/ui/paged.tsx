import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";

interface PageOf {
  next?: string | number;
}

/** A list that the API gives page by page, each naming the next: its rows so far, and going on. */
export function usePages<P extends PageOf, T>(
  queryKey: QueryKey,
  page: (after: string, signal: AbortSignal) => Promise<P>,
  rowsOf: (page: P) => readonly T[] | undefined,
  more: { enabled?: boolean; refetchInterval?: (rows: readonly T[]) => number | false } = {},
) {
  const rows = (pages: readonly P[] | undefined) => (pages ?? []).flatMap((one) => rowsOf(one) ?? []);
  const found = useInfiniteQuery({
    queryKey,
    enabled: more.enabled ?? true,
    initialPageParam: "",
    structuralSharing: false,
    queryFn: ({ pageParam, signal }) => page(pageParam, signal),
    getNextPageParam: (last) => (last.next ? String(last.next) : undefined),
    refetchInterval: (query) => more.refetchInterval?.(rows(query.state.data?.pages)) ?? false,
  });
  const { isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const data = found.data && rows(found.data.pages);
  return { data, isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage };
}

/** Goes on in a list of pages; nothing where it has ended. */
export function More({ of }: { of: Pages }) {
  if (!of.hasNextPage) return null;
  return (
    <p>
      <button type="button" disabled={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
        Show more
      </button>
    </p>
  );
}

interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}
