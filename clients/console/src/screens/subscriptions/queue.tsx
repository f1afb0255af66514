import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { answered, api } from "../../api/client";
import { Deed } from "../../ui/deed";
import { Result } from "../../ui/feedback";
import { Facts, Page, Panel } from "../../ui/page";
import { Health, Why } from "./health";
import type { Queue } from "./names";
import { Replays } from "./replays";

export default function QueueSubscription() {
  const { id = "" } = useParams();
  const found = useQuery({
    queryKey: ["queue-subscriptions", id],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/event-subscription/{id}", { params: { path: { id } }, signal })),
  });
  return (
    <Result title="Queue" of={found}>
      {(of) => <One of={of} id={id} />}
    </Result>
  );
}

function One({ of, id }: { of: Queue; id: string }) {
  const params = { path: { id } };
  const target = of.destination?.sqs?.queueUrl ?? of.destination?.sns?.topicArn ?? id;
  const changes = [of.subscribeCreate && "created", of.subscribeChange && "changed", of.subscribeDelete && "deleted"];
  return (
    <Page
      title={target}
      about={<code>{id}</code>}
      deeds={
        <>
          <Deed
            label="Send a test"
            run={() => answered(api.POST("/api/v1/event-subscription/{id}/test", { params }))}
            said={(sent) => `Queued as delivery ${sent.deliveryId}.`}
          />
          {of.active && (
            <Deed
              label="Deactivate"
              run={() => answered(api.PUT("/api/v1/event-subscription/{id}/deactivate", { params }))}
              changes={["queue-subscriptions"]}
              ask={{ name: "deactivate", warning: "Events are no longer sent to this queue." }}
            />
          )}
        </>
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
            Kind: of.destination?.type,
            Entity: of.entityType,
            When: changes.filter(Boolean).join(", "),
            Condition: of.condition && <code>{of.condition}</code>,
            "Fault of the condition": of.lastConditionError,
          }}
        />
      </Panel>
      <Replays id={id} topics={[`${of.entityType?.toLowerCase()}.*`]} />
    </Page>
  );
}
