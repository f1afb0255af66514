import { useQuery } from "@tanstack/react-query";
import { answered, api, type Schema } from "../../api/client";

export type Push = Schema["push.Subscription"];
export type Queue = Schema["collector.EventSubscription"];

const PAGE = 200;

export function usePush() {
  return useQuery({
    queryKey: ["push-subscriptions"],
    queryFn: async ({ signal }) => {
      const params = { query: { pageSize: PAGE } };
      const found = await answered(api.GET("/api/event/push/subscriptions", { params, signal }));
      return (found as Schema["push.SubscriptionCollection"]).items ?? [];
    },
  });
}

export function useQueues() {
  return useQuery({
    queryKey: ["queue-subscriptions"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/event-subscription", { signal })),
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
  return (id) => {
    const found = push.find((one) => same(one.id, id));
    if (found) return { name: found.endpoint ?? id, path: `/subscriptions/push/${found.id}`, isPush: true };
    return { name: id, path: `/subscriptions/queue/${id}`, isPush: false };
  };
}

function same(one: string | undefined, other: string): boolean {
  return one?.replaceAll("-", "") === other.replaceAll("-", "");
}
