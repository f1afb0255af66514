import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Result } from "../../ui/feedback";
import { Chart } from "../../ui/lazy_chart";
import { Panel, Time } from "../../ui/page";
import { type Column, VirtualTable } from "../../ui/virtual_table";

type Entry = Schema["loyalty.Entry"];

const PAGE = 100;

/** Balance over time and every booking: what each event brought, by which rule. */
export function Ledger({ customerId }: { customerId: string }) {
  const found = useInfiniteQuery({
    queryKey: ["ledger", customerId],
    initialPageParam: "",
    structuralSharing: false,
    queryFn: ({ pageParam, signal }) => {
      const query = { pageSize: PAGE, ...(pageParam ? { after: pageParam } : {}) };
      const params = { path: { customer_id: customerId }, query };
      return answered(api.GET("/api/v1/customers/{customer_id}/ledger", { params, signal }));
    },
    getNextPageParam: (last) => last.next || undefined,
  });
  const entries = found.data?.pages.flatMap((page) => page.entries ?? []) ?? [];
  const more = () => {
    if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
  };
  return (
    <Result of={found}>
      {() => (
        <>
          {entries.length > 1 && <Balance entries={entries} isWhole={!found.hasNextPage} />}
          <Panel title="Ledger">
            {entries.length === 0 ? (
              <p>Nothing was booked yet: no active rule gave anything for what this customer did.</p>
            ) : (
              <Entries of={entries} onEnd={more} />
            )}
          </Panel>
        </>
      )}
    </Result>
  );
}

function Balance({ entries, isWhole }: { entries: readonly Entry[]; isWhole: boolean }) {
  const oldest = [...entries].reverse();
  const times = oldest.map((one) => Date.parse(one.bookedAt ?? "") / 1000);
  return (
    <Panel title={isWhole ? "Balance over time" : `Balance over the last ${entries.length} bookings`}>
      <Chart times={times} lines={[{ name: "Balance", values: oldest.map((one) => one.balance ?? 0) }]} />
    </Panel>
  );
}

function Entries({ of, onEnd }: { of: readonly Entry[]; onEnd: () => void }) {
  const columns: readonly Column<Entry>[] = [
    { name: "Booked", width: "min(10.5rem, 27vw)", cell: (one) => <Time at={one.bookedAt} /> },
    {
      name: "What",
      width: "minmax(0, 1fr)",
      cell: (one) => <Link to={`/events/${one.eventId}`}>{one.type?.toLowerCase().replaceAll("_", " ")}</Link>,
    },
    { name: "Change", width: "min(5rem, 16vw)", cell: (one) => one.change?.toLocaleString() },
    { name: "Balance", width: "min(5rem, 17vw)", cell: (one) => one.balance?.toLocaleString() },
    { name: "Rule", width: "minmax(0, 1.4fr)", wide: true, cell: (one) => one.ruleId && <RuleName id={one.ruleId} /> },
    { name: "Order", width: "minmax(0, 1fr)", wide: true, cell: (one) => one.orderId },
  ];
  return <VirtualTable label="Ledger" columns={columns} rows={of} keyOf={(one) => String(one.entryId)} onEnd={onEnd} />;
}

function RuleName({ id }: { id: string }) {
  const found = useQuery({
    queryKey: ["rules", id],
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v1/rules/{rule_id}", { params: { path: { rule_id: id } }, signal })),
  });
  return <Link to={`/loyalty/rules/${id}`}>{found.data?.name ?? id}</Link>;
}
