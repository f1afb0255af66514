import { Link, useNavigate, useParams } from "react-router";
import { answered, api } from "../../api/client";
import { useMay } from "../../app/rights";
import { useSessions } from "../../app/session";
import { Deed } from "../../ui/deed";
import { Result } from "../../ui/feedback";
import { Facts, Page, Panel, Time } from "../../ui/page";
import { FailedDeliveries } from "../deliveries/failed";
import { Recoveries } from "../deliveries/recoveries";
import { useBacklog } from "./backlogs";
import { usePushOne } from "./edit";
import { Health, Why } from "./health";
import type { Push } from "./names";
import { Replays } from "./replays";

const BASE = "/api/event/push/subscriptions/{id}";
const CHANGES = ["push-subscriptions", "deliveries"];

export default function PushSubscription() {
  const { id = "" } = useParams();
  return (
    <Result title="Webhook" of={usePushOne(id)}>
      {(found) => <One of={found} id={id} />}
    </Result>
  );
}

function One({ of, id }: { of: Push; id: string }) {
  const isPortal = useSessions().tenant?.isPortal ?? false;
  const mayWrite = useMay("subscriptions:write");
  const backlog = useBacklog(id);
  return (
    <Page title={of.endpoint ?? id} about={<code>{id}</code>} deeds={mayWrite && <Deeds of={of} id={id} />}>
      <Panel title="Health">
        <Facts
          of={{
            State: (
              <>
                <Health of={of} /> <Why of={of} />
              </>
            ),
            Waiting: backlog,
            Topics: of.topics?.join(", "),
            Condition: of.condition && <code>{of.condition}</code>,
            "Fault of the condition": of.lastConditionError,
            Order: of.ordered ? "in the order of the log" : undefined,
            "Most a second": of.maxPerSecond,
            "Next ping": of.nextPingDate && <Time at={of.nextPingDate} />,
            Application: of.appId,
            Made: <Time at={of.createDate} />,
          }}
        />
      </Panel>
      <FailedDeliveries subscriptionId={id} />
      <Recoveries subscriptions={[{ id, name: of.endpoint ?? id }]} />
      {!isPortal && mayWrite && <Replays id={id} />}
    </Page>
  );
}

function Deeds({ of, id }: { of: Push; id: string }) {
  const isPortal = useSessions().tenant?.isPortal ?? false;
  const params = { path: { id } };
  return (
    <>
      {!of.isActive && (
        <Deed
          label="Set active again"
          main
          run={() => answered(api.POST(`${BASE}/reactivate`, { params }))}
          changes={CHANGES}
        />
      )}
      {!of.confirmed && (
        <Deed
          label="Ping now"
          run={() => answered(api.POST(`${BASE}/confirm`, { params }))}
          changes={CHANGES}
          said={() => "Pinged."}
        />
      )}
      <Deed
        label="Send a test"
        run={() => answered(api.POST(`${BASE}/test`, { params }))}
        changes={CHANGES}
        said={(sent) => `Queued as delivery ${sent.deliveryId}.`}
      />
      {!isPortal && <OwnersDeeds of={of} id={id} />}
    </>
  );
}

/** What the tenant itself does to a webhook, which a portal link is not for. */
function OwnersDeeds({ of, id }: { of: Push; id: string }) {
  const navigate = useNavigate();
  const remove = async () => {
    await answered(api.DELETE(BASE, { params: { path: { id } } }));
    await navigate("/subscriptions");
  };
  return (
    <>
      <Link className="button" to={`/subscriptions/push/${id}/edit`}>
        Edit
      </Link>
      <Deed
        label="Rotate secret"
        run={() => answered(api.POST(`${BASE}/rotate-secret`, { params: { path: { id } } }))}
        changes={CHANGES}
        said={({ sharedSecret, oldSecretUntil }) => (
          <>
            The new secret, shown this once: <code>{sharedSecret}</code>. The old one signs too until{" "}
            <Time at={oldSecretUntil} />.
          </>
        )}
        ask={{
          name: of.endpoint ?? id,
          warning: "Within 24 hours the receiver must have the new secret: until then both sign.",
        }}
      />
      <Deed
        label="Delete"
        run={remove}
        changes={CHANGES}
        ask={{
          name: of.endpoint ?? id,
          warning: "What is queued for this webhook will not be sent. It cannot be undone.",
        }}
      />
    </>
  );
}
