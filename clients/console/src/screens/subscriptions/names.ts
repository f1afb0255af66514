import { useQuery } from "@tanstack/react-query";
import { answered, api, type Schema } from "../../api/client";
import { apiError } from "../../api/errors";
import { useSessions } from "../../app/session";

export type Push = Schema["push.Subscription"];
export type Queue = Schema["collector.EventSubscription"];

const PAGE = 200;

export function usePush() {
  return useQuery({
    queryKey: ["push-subscriptions"],
    queryFn: async ({ signal }) => {
      const all: Push[] = [];
      for (let total = 1; all.length < total; ) {
        const params = { query: { startIndex: all.length, pageSize: PAGE } };
        const found = await answered(api.GET("/api/event/push/subscriptions", { params, signal }));
        const { items = [], totalCount = 0 } = found as Schema["push.SubscriptionCollection"];
        if (items.length === 0) break;
        all.push(...items);
        total = totalCount;
      }
      return all;
    },
  });
}

export function useQueues(enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["queue-subscriptions"],
    queryFn: async ({ signal }) => {
      const all: Queue[] = [];
      for (;;) {
        const query = { includeInactive: true, after: all.at(-1)?.id ?? "" };
        const { data, error, response } = await api.GET("/api/v1/event-subscription", { params: { query }, signal });
        if (!response.ok) throw apiError(error, response.status, response.headers.get("x-request-id"));
        all.push(...(data ?? []));
        // The list is bare: a header says whether there is more.
        if (!response.headers.get("link")?.includes('rel="next"')) return all;
      }
    },
  });
}

export function useQueue(id: string) {
  return useQuery({
    queryKey: ["queue-subscriptions", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/event-subscription/{id}", { params: { path: { id } }, signal })),
  });
}

export interface Named {
  name: string;
  path: string;
  isPush: boolean;
}

/** A subscription of either kind by its id: what people call it, and where its screen is. */
export function useSubscriptionNames(): (id: string) => Named {
  const push = usePush().data ?? [];
  const isPortal = useSessions().tenant?.isPortal ?? false;
  const queues = useQueues(!isPortal).data ?? [];
  return (id) => {
    const queue = queues.find((one) => one.id === id);
    if (queue) {
      const { sqs, sns } = queue.destination ?? {};
      return { name: sns?.topicArn || sqs?.queueUrl || id, path: queuePath(id), isPush: false };
    }
    const found = push.find((one) => same(one.id, id));
    if (found) return { name: found.endpoint ?? id, path: `/subscriptions/push/${found.id}`, isPush: true };
    // One of the server's own: a tenant's mail, a webhook that a rule asked for. It has no screen.
    return { name: id, path: "", isPush: false };
  };
}

function queuePath(id: string): string {
  return `/subscriptions/queue/${encodeURIComponent(id)}`;
}

/** Whether two ids are one: with dashes or without. */
export function same(one: string | undefined, other: string): boolean {
  return one?.replaceAll("-", "") === other.replaceAll("-", "");
}
