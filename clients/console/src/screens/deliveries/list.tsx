import { useState } from "react";
import { Link } from "react-router";
import { Empty, Result } from "../../ui/feedback";
import { Page, Panel } from "../../ui/page";
import { targetOf } from "../subscriptions/edit_queue";
import { Health, Why } from "../subscriptions/health";
import { FIRST_WEBHOOK } from "../subscriptions/list";
import { type Push, type Queue, usePush, useQueues } from "../subscriptions/names";
import { FailedDeliveries } from "./failed";
import { Recoveries } from "./recoveries";

interface Endpoint {
  id: string;
  name: string;
  of: Push | Queue;
  isTroubled: boolean;
}

export default function Deliveries() {
  const push = usePush();
  const queues = useQueues().data ?? [];
  return (
    <Page title="Deliveries" about="What did not arrive, by endpoint, and what the endpoint said.">
      <Result of={push}>
        {(found) => {
          const all = [
            ...found.map((of) => endpoint(of, of.endpoint ?? "", of.isActive ?? false)),
            ...queues.map((of) => endpoint(of, targetOf(of), of.active ?? true)),
          ];
          if (all.length === 0) return <NoSubscription />;
          const troubled = all.filter((one) => one.isTroubled);
          const well = all.filter((one) => !one.isTroubled);
          return (
            <>
              <Recoveries subscriptions={all} />
              {troubled.map((one) => (
                <FailedDeliveries key={one.id} subscriptionId={one.id} title={one.name} />
              ))}
              {well.length > 0 && <Well endpoints={well} />}
            </>
          );
        }}
      </Result>
    </Page>
  );
}

function endpoint(of: Push | Queue, name: string, isActive: boolean): Endpoint {
  return { id: of.id ?? "", name, of, isTroubled: !isActive || Boolean(of.failingSince || of.pausedUntil) };
}

/** Endpoints that do well now; what failed there before is asked for when it is opened. */
function Well({ endpoints }: { endpoints: readonly Endpoint[] }) {
  return (
    <Panel title="Endpoints that do well">
      <div className="stack">
        {endpoints.map((one) => (
          <Opened key={one.id} of={one} />
        ))}
      </div>
    </Panel>
  );
}

function Opened({ of }: { of: Endpoint }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="stack">
      <div className="row">
        <Health of={of.of} />
        <span>{of.name}</span>
        <span className="soft small">
          <Why of={of.of} />
        </span>
        <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          What failed
        </button>
      </div>
      {isOpen && <FailedDeliveries subscriptionId={of.id} title={of.name} />}
    </div>
  );
}

function NoSubscription() {
  return (
    <Empty title="There is no subscription" paste={FIRST_WEBHOOK}>
      <Link to="/subscriptions/new">Make one</Link>, or with a token in $AUTH: what it does not take is listed here.
    </Empty>
  );
}
