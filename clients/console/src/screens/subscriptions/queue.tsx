import { Link, useParams } from "react-router";
import { answered, api } from "../../api/client";
import { useMay } from "../../app/rights";
import { Deed } from "../../ui/deed";
import { Result } from "../../ui/feedback";
import { Facts, Page, Panel } from "../../ui/page";
import { FailedDeliveries } from "../deliveries/failed";
import { Recoveries } from "../deliveries/recoveries";
import { useBacklog } from "./backlogs";
import { activated, targetOf } from "./edit_queue";
import { Health, Why } from "./health";
import { Keys } from "./keys";
import { type Queue, useQueue } from "./names";
import { Replays } from "./replays";

export default function QueueSubscription() {
  const { id = "" } = useParams();
  return (
    <Result title="Queue" of={useQueue(id)}>
      {(of) => <One of={of} id={id} />}
    </Result>
  );
}

function One({ of, id }: { of: Queue; id: string }) {
  const params = { path: { id } };
  const target = targetOf(of) || id;
  const mayWrite = useMay("subscriptions:write");
  const backlog = useBacklog(id);
  const changes = [of.subscribeCreate && "created", of.subscribeChange && "changed", of.subscribeDelete && "deleted"];
  return (
    <Page
      title={target}
      about={<code>{id}</code>}
      deeds={
        mayWrite && (
          <>
            <Link className="button" to={`/subscriptions/queue/${encodeURIComponent(id)}/edit`}>
              Edit
            </Link>
            <Deed
              label="Send a test"
              run={() => answered(api.POST("/api/v1/event-subscription/{id}/test", { params }))}
              said={(sent) => `Queued as delivery ${sent.deliveryId}.`}
            />
            {of.active ? (
              <Deed
                label="Deactivate"
                run={() => answered(api.PUT("/api/v1/event-subscription/{id}/deactivate", { params }))}
                changes={["queue-subscriptions"]}
                ask={{ name: target, warning: "Events of the time until it is active again are never sent to it." }}
              />
            ) : (
              <Deed label="Set active again" main run={() => activated(of)} changes={["queue-subscriptions"]} />
            )}
          </>
        )
      }
    >
      <Panel title="Health">
        <Facts
          of={{
            State: (
              <>
                <Health of={of} /> <Why of={of} />
              </>
            ),
            Waiting: backlog,
            Kind: of.destination?.type,
            Entity: of.entityType,
            When: changes.filter(Boolean).join(", "),
            Condition: of.condition && <code>{of.condition}</code>,
            "Fault of the condition": of.lastConditionError,
          }}
        />
      </Panel>
      {mayWrite && <Keys id={id} />}
      <FailedDeliveries subscriptionId={id} />
      <Recoveries subscriptions={[{ id, name: target }]} />
      {mayWrite && <Replays id={id} />}
    </Page>
  );
}
