import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { useMay } from "../../app/rights";
import { Deed } from "../../ui/deed";
import { Badge, Result, type Tone } from "../../ui/feedback";
import { Panel, Time } from "../../ui/page";
import { Attempts } from "../subscriptions/attempts";
import { useSubscriptionNames } from "../subscriptions/names";

const TONES: Record<string, Tone> = { DELIVERED: "good", PENDING: "warn", EXPIRED: "bad", NOT_MATCHED: "" };

/** Each subscription, whether it got the event, and why or why not. */
export function Deliveries({ id }: { id: string }) {
  const found = useQuery({
    queryKey: ["event-deliveries", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/events/{id}/deliveries", { params: { path: { id } }, signal })),
  });
  return (
    <Panel title="Who got it, and why">
      <Result of={found}>
        {({ deliveries = [] }) =>
          deliveries.length === 0 ? (
            <p>There is no subscription. Nobody is told of events until there is one.</p>
          ) : (
            <div className="stack">
              {deliveries.map((delivery) => (
                <One key={delivery.subscriptionId} delivery={delivery} />
              ))}
            </div>
          )
        }
      </Result>
    </Panel>
  );
}

function One({ delivery }: { delivery: Schema["collector.EventDelivery"] }) {
  const [isOpen, setIsOpen] = useState(false);
  const { subscriptionId = "", deliveryId = "", status = "", reason, attempts = 0, nextAttemptAt } = delivery;
  const subscription = useSubscriptionNames()(subscriptionId);
  const isSent = deliveryId !== "";
  return (
    <div>
      <div className="row">
        <Badge tone={TONES[status] ?? ""}>{status.toLowerCase().replace("_", " ")}</Badge>
        <Link to={subscription.path}>{subscription.name}</Link>
        {reason && <span>{reason}</span>}
        {isSent && <span className="soft">{attempts === 1 ? "1 attempt" : `${attempts} attempts`}</span>}
        {nextAttemptAt && (
          <span className="soft">
            next <Time at={nextAttemptAt} />
          </span>
        )}
        {isSent && <Resend deliveryId={deliveryId} />}
        {isSent && subscription.isPush && (
          <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            Attempts
          </button>
        )}
      </div>
      {isOpen && <Attempts subscriptionId={subscriptionId} deliveryId={deliveryId} />}
    </div>
  );
}

export function Resend({ deliveryId }: { deliveryId: string }) {
  const mayWrite = useMay("subscriptions:write");
  const run = () => answered(api.POST("/api/v1/deliveries/{id}/redeliver", { params: { path: { id: deliveryId } } }));
  const changes = ["event-deliveries", "attempts", "deliveries"];
  if (!mayWrite) return null;
  return <Deed label="Send again" run={run} changes={changes} said={() => "Queued; the next attempt tells."} />;
}
