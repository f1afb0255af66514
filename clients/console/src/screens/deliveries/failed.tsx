import { useState } from "react";
import { Link } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { ApiError } from "../../api/errors";
import { useMay } from "../../app/rights";
import { useSessions } from "../../app/session";
import { Deed } from "../../ui/deed";
import { Badge, Result } from "../../ui/feedback";
import { Panel, Time } from "../../ui/page";
import { More, usePages } from "../../ui/paged";
import { Resend } from "../events/deliveries";
import { Attempts, Said } from "../subscriptions/attempts";

type Delivery = Schema["collector.Delivery"];

const PAGE = 50;

interface Props {
  subscriptionId: string;
  title?: string;
}

/** What did not arrive at one webhook or queue, what it said, and sending it again: one, or those shown. */
export function FailedDeliveries({ subscriptionId, title = "Failed deliveries" }: Props) {
  const mayWrite = useMay("subscriptions:write");
  const found = usePages(
    ["deliveries", subscriptionId],
    (after, signal) => {
      const query = { state: "FAILED", pageSize: PAGE, ...(after ? { after } : {}) } as const;
      const params = { path: { id: subscriptionId }, query };
      return answered(api.GET("/api/v1/subscriptions/{id}/deliveries", { params, signal }));
    },
    (page) => page.deliveries,
  );
  return (
    <Result of={found}>
      {(items) => (
        <Panel title={title} deeds={mayWrite && <Bulk items={items} />}>
          {items.length === 0 ? (
            <p>Nothing has failed.</p>
          ) : (
            <div className="stack">
              {items.map((one) => (
                <Failed key={one.id} of={one} />
              ))}
              <More of={found} />
            </div>
          )}
        </Panel>
      )}
    </Result>
  );
}

function Bulk({ items }: { items: readonly Delivery[] }) {
  return (
    <Deed
      label={items.length === 1 ? "Send this one again" : `Send these ${items.length} again`}
      isOffered={items.length > 0}
      main
      run={() => resendAll(items)}
      changes={["deliveries", "attempts", "event-deliveries", "push-subscriptions", "backlogs"]}
      said={({ queued, due }) => `${queued} queued, ${due} due already.`}
    />
  );
}

const CONFLICT = 409;

/** Sends each again; one that waits for its endpoint is due already, and goes out once that answers. */
async function resendAll(items: readonly Delivery[]): Promise<{ queued: number; due: number }> {
  let queued = 0;
  let due = 0;
  for (const { id } of items) {
    try {
      await answered(api.POST("/api/v1/deliveries/{id}/redeliver", { params: { path: { id: String(id) } } }));
      queued += 1;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === CONFLICT)) throw error;
      due += 1;
    }
  }
  return { queued, due };
}

function Failed({ of }: { of: Delivery }) {
  const [isOpen, setIsOpen] = useState(false);
  const last = of.lastAttempts?.at(-1);
  const isGivenUp = of.status === "EXPIRED";
  const isPortal = useSessions().tenant?.isPortal ?? false;
  const about = `${of.topic ?? ""} ${of.entityId ?? ""}`;
  return (
    <div>
      <div className="row">
        <Badge tone={isGivenUp ? "bad" : "warn"}>{isGivenUp ? "given up" : "tried again"}</Badge>
        {!of.eventId && <span className="soft">an event that is no longer kept</span>}
        {of.eventId && isPortal && <span>{about}</span>}
        {of.eventId && !isPortal && <Link to={`/events/${encodeURIComponent(of.eventId)}`}>{about}</Link>}
        {of.nextAttemptAt && (
          <span className="soft">
            next try <Time at={of.nextAttemptAt} />
          </span>
        )}
        <span className="soft">{of.attempts === 1 ? "1 attempt" : `${of.attempts} attempts`}</span>
        <Resend deliveryId={String(of.id)} />
        <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          Attempts
        </button>
      </div>
      {isOpen ? <Attempts deliveryId={String(of.id)} /> : last && <Said attempt={last} />}
    </div>
  );
}
