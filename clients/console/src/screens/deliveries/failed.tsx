import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { ApiError } from "../../api/errors";
import { useMay } from "../../app/rights";
import { Deed } from "../../ui/deed";
import { Result } from "../../ui/feedback";
import { Panel, Time } from "../../ui/page";
import { Resend } from "../events/deliveries";
import { Said } from "../subscriptions/attempts";

type Delivery = Schema["push.EventDeliverySummary"];

const PAGE = 50;
const FAILED = "deliveryStatus eq 'Failed'";

export function useFailed(subscriptionId: string) {
  return useQuery({
    queryKey: ["deliveries", subscriptionId],
    queryFn: async ({ signal }) => {
      const path = "/api/event/push/subscriptions/{subscription_id}/deliveryattempts";
      const params = { path: { subscription_id: subscriptionId }, query: { filter: FAILED, pageSize: PAGE } };
      return (await answered(api.GET(path, { params, signal }))) as Schema["push.EventDeliverySummaryCollection"];
    },
  });
}

/** What did not arrive at one endpoint, what it said, and sending it again: one, or those shown. */
export function FailedDeliveries({
  subscriptionId,
  title = "Failed deliveries",
}: {
  subscriptionId: string;
  title?: string;
}) {
  const found = useFailed(subscriptionId);
  const mayWrite = useMay("subscriptions:write");
  return (
    <Result of={found}>
      {({ items = [], totalCount = 0 }) => (
        <Panel title={title} deeds={mayWrite && <Bulk items={items} />}>
          {items.length === 0 ? (
            <p>Nothing has failed.</p>
          ) : (
            <div className="stack">
              {items.map((one) => (
                <Failed key={one.id} of={one} />
              ))}
              {totalCount > items.length && (
                <p className="soft">
                  The newest {items.length} of {totalCount.toLocaleString()}.
                </p>
              )}
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
  const last = of.deliveryAttempts?.at(-1);
  const event = of.eventSummary;
  return (
    <div>
      <div className="row">
        <Link to={`/events/${encodeURIComponent(event?.eventId ?? "")}`}>
          {event?.topic} {event?.entityId}
        </Link>
        <span className="soft">
          {of.nextExecutionDate ? (
            <>
              next try <Time at={of.nextExecutionDate} />
            </>
          ) : (
            "given up"
          )}
        </span>
        <Resend deliveryId={String(of.id)} />
      </div>
      {last && <Said attempt={last} />}
    </div>
  );
}
