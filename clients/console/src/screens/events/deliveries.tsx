import { useState } from "react";
import { Link } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { useMay } from "../../app/rights";
import { Deed } from "../../ui/deed";
import { Badge, Result, type Tone } from "../../ui/feedback";
import { Panel, Time } from "../../ui/page";
import { More, usePages } from "../../ui/paged";
import { Attempts } from "../subscriptions/attempts";
import { useSubscriptionNames } from "../subscriptions/names";

const TONES: Record<string, Tone> = { DELIVERED: "good", PENDING: "warn", EXPIRED: "bad", NOT_MATCHED: "" };

/** Each subscription, whether it got the event, and why or why not. */
export function Deliveries({ id }: { id: string }) {
  const found = usePages(
    ["event-deliveries", id],
    (after, signal) => {
      const params = { path: { id }, query: after ? { after } : {} };
      return answered(api.GET("/api/v1/events/{id}/deliveries", { params, signal }));
    },
    (page) => page.deliveries,
  );
  return (
    <Panel title="Who got it, and why">
      <Result of={found}>
        {(deliveries) =>
          deliveries.length === 0 ? (
            <p>
              There is no subscription, so nobody was told. <Link to="/subscriptions/new">Make one</Link>.
            </p>
          ) : (
            <div className="stack">
              {deliveries.map((delivery) => (
                <One key={`${delivery.subscriptionId} ${delivery.deliveryId}`} delivery={delivery} />
              ))}
              <More of={found} />
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
        {subscription.path ? <Link to={subscription.path}>{subscription.name}</Link> : <span>{subscription.name}</span>}
        {reason && <span>{reason}</span>}
        {isSent && <span className="soft">{attempts === 1 ? "1 attempt" : `${attempts} attempts`}</span>}
        {nextAttemptAt && (
          <span className="soft">
            next <Time at={nextAttemptAt} />
          </span>
        )}
        {isSent && <Resend deliveryId={deliveryId} />}
        {isSent && (
          <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            Attempts
          </button>
        )}
      </div>
      {isOpen && <Attempts deliveryId={deliveryId} />}
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
