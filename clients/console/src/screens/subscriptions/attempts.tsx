import { useQuery } from "@tanstack/react-query";
import { answered, api, type Schema } from "../../api/client";
import { Block } from "../../ui/block";
import { Badge, Result } from "../../ui/feedback";
import { Time } from "../../ui/page";

type Attempt = Schema["collector.Attempt"];

/** Every try of one delivery, what was sent, and what the receiver said. */
export function Attempts({ deliveryId }: { deliveryId: string }) {
  const found = useQuery({
    queryKey: ["attempts", deliveryId],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v1/deliveries/{id}", { params: { path: { id: deliveryId } }, signal })),
  });
  return (
    <Result of={found}>
      {({ lastAttempts = [], request }) => (
        <div className="stack">
          {lastAttempts.length === 0 && <p>It was not tried yet.</p>}
          <ol className="tree">
            {lastAttempts.map((attempt) => (
              <li key={attempt.at}>
                <Said attempt={attempt} />
              </li>
            ))}
          </ol>
          {request && <Request of={request} />}
        </div>
      )}
    </Result>
  );
}

export function Said({ attempt }: { attempt: Attempt }) {
  const { at, isDelivered, httpStatus, errorType, answer, durationMs } = attempt;
  return (
    <>
      <div className="row">
        <Badge tone={isDelivered ? "good" : "bad"}>{isDelivered ? "delivered" : "failed"}</Badge>
        <Time at={at} />
        <span>{[httpStatus, errorType].filter(Boolean).join(" ")}</span>
        <span className="soft">{Number(durationMs ?? 0).toLocaleString()} ms</span>
      </div>
      {answer && <Block>{answer}</Block>}
    </>
  );
}

/** What each attempt sends, without signatures and secrets. */
function Request({ of }: { of: Schema["collector.SentRequest"] }) {
  const headers = Object.entries(of.headers ?? {}).sort(([one], [other]) => one.localeCompare(other));
  const lines = [`${of.method} ${of.target}`, ...headers.map(([name, value]) => `${name}: ${value}`), "", of.body];
  return (
    <details>
      <summary>The request</summary>
      <Block>{lines.join("\n")}</Block>
    </details>
  );
}
