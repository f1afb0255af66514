import { Link } from "react-router";
import { useMay } from "../../app/rights";
import { useSessions } from "../../app/session";
import { Empty, Result } from "../../ui/feedback";
import { Page, Panel } from "../../ui/page";
import { useWaiting } from "./backlogs";
import { targetOf } from "./edit_queue";
import { Health, Why } from "./health";
import { type Push, type Queue, usePush, useQueues } from "./names";

/** The line that makes a first webhook. */
export const FIRST_WEBHOOK = `curl -s ${window.location.origin}/api/event/push/subscriptions -H "$AUTH" -H "Content-Type: application/json" -d '{
  "endpoint": "https://example.com/hook", "topics": ["order.*"]}'`;

export default function Subscriptions() {
  const push = usePush();
  const isPortal = useSessions().tenant?.isPortal ?? false;
  const mayWrite = useMay("subscriptions:write");
  return (
    <Page title="Subscriptions" deeds={!isPortal && mayWrite && <New />}>
      <Panel title="Webhooks">
        <Result of={push}>{(found) => (found.length === 0 ? <NoWebhook /> : <Webhooks found={found} />)}</Result>
      </Panel>
      {!isPortal && <QueuePanel />}
    </Page>
  );
}

function New() {
  return (
    <>
      <Link className="button main" to="/subscriptions/new">
        New webhook
      </Link>
      <Link className="button" to="/subscriptions/new-queue">
        New queue
      </Link>
    </>
  );
}

function QueuePanel() {
  const queues = useQueues();
  return (
    <Panel title="Queues: SQS and SNS">
      <Result of={queues}>{(found) => (found.length === 0 ? <NoQueue /> : <Queues found={found} />)}</Result>
    </Panel>
  );
}

function NoWebhook() {
  return (
    <Empty title="No webhook yet" paste={FIRST_WEBHOOK}>
      Make one here, or with a token in $AUTH:
    </Empty>
  );
}

const FIRST_QUEUE = `curl -s ${window.location.origin}/api/v1/event-subscription -H "$AUTH" -H "$TENANT" -H "Content-Type: application/json" -d '{
  "entityType": "ORDER", "subscribeCreate": true, "subscribeChange": true, "destination": {"type": "SQS", "sqs": {
  "queueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders", "region": "eu-west-1",
  "accessKey": "AKIAEXAMPLE", "accessSecret": "the secret access key"}}}'`;

function NoQueue() {
  return (
    <Empty title="No queue yet" paste={FIRST_QUEUE}>
      Make one here, or with a token in $AUTH and the tenant in $TENANT:
    </Empty>
  );
}

function Webhooks({ found }: { found: readonly Push[] }) {
  const waits = useWaiting();
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            <th>State</th>
            <th>Endpoint</th>
            <th>Topics</th>
            <th className="number">Waiting</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {found.map((one) => (
            <tr key={one.id}>
              <td>
                <Health of={one} />
              </td>
              <td>
                <Link to={`/subscriptions/push/${one.id}`}>{one.endpoint}</Link>
              </td>
              <td>{one.topics?.join(", ")}</td>
              <td className="number">{waits(one.id)}</td>
              <td className="small">
                <Why of={one} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Queues({ found }: { found: readonly Queue[] }) {
  const waits = useWaiting();
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            <th>State</th>
            <th>Destination</th>
            <th>Entity</th>
            <th className="number">Waiting</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {found.map((one) => (
            <tr key={one.id}>
              <td>
                <Health of={one} />
              </td>
              <td>
                <Link to={`/subscriptions/queue/${encodeURIComponent(one.id ?? "")}`}>{targetOf(one)}</Link>
              </td>
              <td>{one.entityType}</td>
              <td className="number">{waits(one.id)}</td>
              <td className="small">
                <Why of={one} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
