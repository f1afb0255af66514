import { useQuery } from "@tanstack/react-query";
import { answered, api, type Schema } from "../../api/client";
import { Badge, Result } from "../../ui/feedback";
import { Time } from "../../ui/page";

/** Every try of one delivery, and what the endpoint said. */
export function Attempts({ subscriptionId, deliveryId }: { subscriptionId: string; deliveryId: string }) {
  const found = useQuery({
    queryKey: ["attempts", subscriptionId, deliveryId],
    queryFn: async ({ signal }) => {
      const params = { path: { subscription_id: subscriptionId, process_id: deliveryId } };
      const path = "/api/event/push/subscriptions/{subscription_id}/deliveryattempts/{process_id}";
      return (await answered(api.GET(path, { params, signal }))) as Schema["push.EventDeliverySummary"];
    },
  });
  return (
    <Result of={found}>
      {(delivery) => (
        <ol className="tree">
          {(delivery.deliveryAttempts ?? []).map((attempt, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no id, and are only ever appended
            <li key={index}>
              <Said attempt={attempt} />
            </li>
          ))}
        </ol>
      )}
    </Result>
  );
}

export function Said({ attempt }: { attempt: Schema["push.DeliveryAttempt"] }) {
  const isWell = attempt.deliveryStatus === "Succeeded";
  return (
    <>
      <div className="row">
        <Badge tone={isWell ? "good" : "bad"}>{attempt.deliveryStatus}</Badge>
        <Time at={attempt.executionDate} />
        <span>{attempt.httpStatus ? `${attempt.httpStatus.code} ${attempt.httpStatus.name}` : attempt.errorType}</span>
      </div>
      {attempt.message && <pre>{attempt.message}</pre>}
    </>
  );
}
