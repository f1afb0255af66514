import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { Link, useSearchParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Empty, Result } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Page, Time } from "../../ui/page";
import { type Column, VirtualTable } from "../../ui/virtual_table";
import { type EventFilters, filtersOf, filterText, paramsOf } from "./filters";
import { FIRST_EVENT } from "./first";
import { nextPlace, PAGE, type Place, START } from "./places";

type Row = Schema["push.Event"];

const COLUMNS: readonly Column<Row>[] = [
  { name: "Recorded", width: "min(11.5rem, 34vw)", cell: (row) => <Time at={row.auditInfo?.createDate} /> },
  { name: "Topic", width: "minmax(0, 1fr)", cell: (row) => <Link to={address(row)}>{row.topic}</Link> },
  { name: "Entity", width: "minmax(0, 1.2fr)", cell: (row) => row.entityId },
  { name: "By", width: "minmax(0, 0.7fr)", wide: true, cell: (row) => row.auditInfo?.createBy },
  { name: "Id", width: "minmax(0, 1.1fr)", wide: true, cell: (row) => <span className="mono">{row.id}</span> },
];

export default function Events() {
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => filtersOf(params), [params]);
  return (
    <Page
      title="Events"
      about="What was stored, newest first. The address keeps the filters: save it, or send it."
      deeds={
        <Link className="button" to={`/events/live?${params}`}>
          Live tail
        </Link>
      }
    >
      <FilterForm key={params.toString()} filters={filters} onChange={setParams} />
      <Found filters={filters} />
    </Page>
  );
}

function FilterForm({ filters, onChange }: { filters: EventFilters; onChange: (params: URLSearchParams) => void }) {
  return (
    <form className="panel filters" aria-label="Filters" onSubmit={(event) => onChange(paramsOf(texts(event)))}>
      <Field label="Topic">
        <input name="topic" defaultValue={filters.topic} placeholder="order.*" />
      </Field>
      <Field label="Entity id">
        <input name="entity" defaultValue={filters.entity} />
      </Field>
      <Field label="Correlation id">
        <input name="correlation" defaultValue={filters.correlation} />
      </Field>
      <Field label="Event id">
        <input name="id" defaultValue={filters.id} />
      </Field>
      <Field label="By">
        <input name="by" defaultValue={filters.by} placeholder="client or user" />
      </Field>
      <Field label="From">
        <input name="from" type="datetime-local" step="1" defaultValue={filters.from} />
      </Field>
      <Field label="To">
        <input name="to" type="datetime-local" step="1" defaultValue={filters.to} />
      </Field>
      <div className="row">
        <button className="main" type="submit">
          Search
        </button>
        <button type="button" onClick={() => onChange(new URLSearchParams())}>
          Clear
        </button>
      </div>
    </form>
  );
}

function Found({ filters }: { filters: EventFilters }) {
  const filter = filterText(filters);
  const pages = useInfiniteQuery({
    queryKey: ["events", filter],
    initialPageParam: START,
    // Comparing 10⁵ rows with those of before, for each page that comes, takes longer than all pages.
    structuralSharing: false,
    queryFn: ({ pageParam, signal }) => page(filters, pageParam, signal),
    getNextPageParam: nextPlace,
  });
  const rows = useMemo(() => pages.data?.pages.flatMap((one) => one.items ?? []) ?? [], [pages.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <Result of={pages}>
      {() =>
        rows.length === 0 ? (
          <Nothing isFiltered={filter !== ""} />
        ) : (
          <>
            <VirtualTable label="Events" columns={COLUMNS} rows={rows} keyOf={(row) => row.id ?? ""} onEnd={more} />
            {!hasNextPage && pages.data?.pages.at(-1)?.totalCountIsLowerBound && (
              <p className="soft">Older events were not searched: name a time before which to search.</p>
            )}
          </>
        )
      }
    </Result>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No event is like this">Widen the time, or clear the filters.</Empty>;
  return (
    <Empty title="No events yet" paste={FIRST_EVENT}>
      Send the first one, with a token in $AUTH and the tenant in $TENANT:
    </Empty>
  );
}

async function page(filters: EventFilters, { upto, taken }: Place, signal: AbortSignal) {
  const filter = filterText(upto ? { ...filters, to: upto } : filters);
  const query = { startIndex: taken, pageSize: PAGE, ...(filter ? { filter } : {}) };
  const found = await answered(api.GET("/api/event/pull", { params: { query }, signal }));
  return found as Schema["push.EventCollection"];
}

export function address(row: { id?: string }): string {
  return `/events/${encodeURIComponent(row.id ?? "")}`;
}
