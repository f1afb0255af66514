interface Paged {
  after?: string;
  start?: number;
  startIndex?: number;
}

/**
 * The pages of a list from the one that `request` asks for on, fetched as they are consumed:
 * `for await (const page of pages(rules.listRules, { status: "ACTIVE" })) …`
 *
 * It knows the three ways that the APIs page: next and after; start and hasMore; startIndex and totalCount.
 */
export async function* pages<Request extends object, Page extends object>(
  call: (request: Request) => Promise<Page>,
  request: Request,
): AsyncGenerator<Page> {
  const asked: Request & Paged = { ...request };
  for (;;) {
    const page = await call(asked);
    yield page;
    if (!turned(asked, page)) return;
  }
}

/** Whether there is a page after this one; the request asks for it then. */
function turned(request: Paged, page: { next?: string; hasMore?: boolean; results?: unknown[]; items?: unknown[]; totalCount?: number }): boolean {
  if (page.results !== undefined) {
    const found = page.results.length;
    request.start = (request.start ?? 0) + found;
    return page.hasMore === true && found > 0;
  }
  if (page.totalCount !== undefined) {
    const found = page.items?.length ?? 0;
    request.startIndex = (request.startIndex ?? 0) + found;
    return found > 0 && (page.hasMore === true || request.startIndex < page.totalCount);
  }
  request.after = page.next ?? "";
  return request.after !== "";
}
