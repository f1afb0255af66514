import { useQuery } from "@tanstack/react-query";
import { answered, api, type Schema } from "../../api/client";
import { same } from "./names";

type Backlog = Schema["collector.Backlog"];

/** Deliveries that wait, of every subscription. */
export function useBacklogs(lookMs: number | false = false) {
  return useQuery({
    queryKey: ["backlogs"],
    refetchInterval: lookMs,
    queryFn: async ({ signal }) => {
      const found: Backlog[] = [];
      let after = "";
      do {
        const params = { query: after ? { after } : {} };
        const page = await answered(api.GET("/api/v1/metrics/backlogs", { params, signal }));
        found.push(...(page.backlogs ?? []));
        after = page.next ?? "";
      } while (after);
      return found;
    },
  });
}

const LOOK_MS = 10_000;

/** The number of one subscription in words; empty until it is known. */
export function useBacklog(id: string): string {
  return useWaiting(LOOK_MS)(id);
}

/** The numbers of all. */
export function useWaiting(lookMs: number | false = false): (id: string | undefined) => string {
  const backlogs = useBacklogs(lookMs).data ?? [];
  return (id) => waiting(backlogs.find((one) => same(one.subscriptionId, id ?? "")));
}

function waiting(of: Backlog | undefined): string {
  if (!of) return "";
  return `${(of.pending ?? 0).toLocaleString()}${of.isLowerBound ? " or more" : ""}`;
}
