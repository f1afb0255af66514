import { Link } from "react-router";
import { Empty, Result } from "../../ui/feedback";
import { Page } from "../../ui/page";
import { targetOf } from "../subscriptions/edit_queue";
import { type Push, usePush, useQueues } from "../subscriptions/names";
import { FailedDeliveries } from "./failed";
import { Recoveries } from "./recoveries";

export default function Deliveries() {
  const push = usePush();
  const queues = useQueues().data ?? [];
  return (
    <Page title="Deliveries" about="What did not arrive, by endpoint, and what the endpoint said.">
      <Result of={push}>
        {(found) => {
          const named = [
            ...found.map((one) => ({ id: one.id ?? "", name: one.endpoint ?? "" })),
            ...queues.map((one) => ({ id: one.id ?? "", name: targetOf(one) })),
          ];
          if (named.length === 0) return <NoSubscription />;
          return (
            <>
              <Recoveries subscriptions={named} />
              <ByEndpoint found={found} />
            </>
          );
        }}
      </Result>
    </Page>
  );
}

function ByEndpoint({ found }: { found: readonly Push[] }) {
  const troubled = found.filter((one) => one.failingSince || !one.isActive);
  const well = found.filter((one) => !troubled.includes(one));
  return [...troubled, ...well].map((one) => (
    <FailedDeliveries key={one.id} subscriptionId={one.id ?? ""} title={one.endpoint ?? ""} />
  ));
}

function NoSubscription() {
  return (
    <Empty title="There is no subscription">
      <Link to="/subscriptions/new">Make one</Link>: what it does not take is listed here.
    </Empty>
  );
}
