import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { answered, api } from "../../api/client";
import { Badge, Empty, Result } from "../../ui/feedback";
import { Page, Panel, Time } from "../../ui/page";

const FIRST = `curl -s -X PUT ${window.location.origin}/api/v4.1/workflow/ORDER::HD -H "$AUTH" -H "Content-Type: application/json" \\
  -d @examples/workflows/order.json`;

export default function Workflows() {
  const found = useQuery({
    queryKey: ["workflows"],
    queryFn: ({ signal }) => answered(api.GET("/api/v4.1/workflow", { signal })),
  });
  return (
    <Page title="Workflows">
      <Result of={found}>
        {({ results = [] }) =>
          results.length === 0 ? (
            <Empty title="No workflows yet" paste={FIRST}>
              An example to begin with, with a token in $AUTH:
            </Empty>
          ) : (
            <Panel title="Workflows">
              {results.map((one) => (
                <p className="row" key={one.name}>
                  <Link to={`/workflows/${encodeURIComponent(one.name ?? "")}`}>{one.name}</Link>
                  <span className="soft">version {one.active?.version}</span>
                </p>
              ))}
            </Panel>
          )
        }
      </Result>
      <Runs />
    </Page>
  );
}

const STATUSES = ["FAILED", "NO_MATCH", "PENDING", "SUCCESS", "COMPLETE"] as const;

/** The newest runs, failed ones first. */
function Runs() {
  const found = useQuery({
    queryKey: ["runs"],
    queryFn: async ({ signal }) => {
      const asked = STATUSES.map((eventStatus) => {
        const query = { eventStatus, eventType: "ORCHESTRATION", count: 20 } as const;
        return answered(api.GET("/api/v4.1/event", { params: { query: query as never }, signal }));
      });
      return (await Promise.all(asked)).flatMap((one) => one.results ?? []);
    },
  });
  return (
    <Panel title="Runs, failed ones first">
      <Result of={found}>
        {(runs) =>
          runs.length === 0 ? (
            <p>
              Nothing has run. An event of the workflow API runs a workflow: <code>tidings trigger workflow.order</code>{" "}
              sends one.
            </p>
          ) : (
            runs.map((one) => (
              <p className="row" key={one.id}>
                <Badge tone={one.eventStatus === "FAILED" ? "bad" : one.eventStatus === "NO_MATCH" ? "warn" : "good"}>
                  {one.eventStatus}
                </Badge>
                <Link to={`/workflows/runs/${one.id}`}>{one.name}</Link>
                <span>{String(one.context?.entityRef ?? "")}</span>
                <Time at={one.generatedOn} />
              </p>
            ))
          )
        }
      </Result>
    </Panel>
  );
}
