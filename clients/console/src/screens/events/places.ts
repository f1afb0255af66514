import type { Schema } from "../../api/client";

type Collection = Schema["push.EventCollection"];

export const PAGE = 200;

/** Where a page begins: with the newest event up to an instant, of whose events some were shown already.
 * By instants and not by a number of all rows: events that are stored meanwhile move nothing, and no page is far to reach. */
export interface Place {
  upto: string;
  taken: number;
}

export const START: Place = { upto: "", taken: 0 };

/** The place behind the pages so far; undefined at the end. */
export function nextPlace(last: Collection, all: readonly Collection[]): Place | undefined {
  const { items = [], hasMore, totalCountIsLowerBound } = last;
  const upto = items.at(-1)?.auditInfo?.createDate;
  const isLast = items.length < PAGE && !hasMore && !totalCountIsLowerBound;
  if (!upto || isLast) return undefined;
  let taken = 0;
  for (const page of [...all].reverse()) {
    const same = (page.items ?? []).filter((one) => one.auditInfo?.createDate === upto).length;
    taken += same;
    if (same < (page.items?.length ?? 0)) break;
  }
  return { upto, taken };
}
