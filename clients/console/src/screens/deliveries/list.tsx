import { Link } from "react-router";
import { Empty, Result } from "../../ui/feedback";
import { Page } from "../../ui/page";
import { usePush } from "../subscriptions/names";
import { FailedDeliveries } from "./failed";

export default function Deliveries() {
  const push = usePush();
  return (
    <Page title="Deliveries" about="What did not arrive, by endpoint, and what the endpoint said.">
      <Result of={push}>
        {(found) => {
          const troubled = found.filter((one) => one.failingSince || !one.isActive);
          const well = found.filter((one) => !troubled.includes(one));
          if (found.length === 0) return <NoWebhook />;
          return [...troubled, ...well].map((one) => (
            <FailedDeliveries key={one.id} subscriptionId={one.id ?? ""} title={one.endpoint ?? ""} />
          ));
        }}
      </Result>
    </Page>
  );
}

function NoWebhook() {
  return (
    <Empty title="There is no webhook">
      <Link to="/subscriptions/new">Make one</Link>: what it does not take is listed here.
    </Empty>
  );
}
