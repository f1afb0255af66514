import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { answered, api } from "../../api/client";
import { Deed } from "../../ui/deed";
import { Badge, Result } from "../../ui/feedback";
import { Page, Panel } from "../../ui/page";
import { Audit } from "./audit";

export default function Tenants() {
  const found = useQuery({
    queryKey: ["tenants"],
    queryFn: ({ signal }) => answered(api.GET("/admin/v1/tenants", { signal })),
  });
  return (
    <Page title="Tenants">
      <Panel title="Tenants">
        <Result of={found}>
          {({ tenants = [] }) =>
            tenants.map((one) => (
              <p className="row" key={one.id}>
                <Badge tone={one.state === "ACTIVE" ? "good" : "warn"}>{one.state?.toLowerCase()}</Badge>
                <Link to={`/tenants/${one.id}`}>{one.name}</Link>
                <code>{one.id}</code>
              </p>
            ))
          }
        </Result>
      </Panel>
      <DeadLetters />
      <Audit title="What operators did" tenantId="" />
    </Page>
  );
}

function DeadLetters() {
  const found = useQuery({
    queryKey: ["parked"],
    queryFn: ({ signal }) => answered(api.GET("/admin/v1/parked", { signal })),
  });
  return (
    <Panel title="Dead letters">
      <Result of={found}>
        {({ events = [] }) =>
          events.length === 0 ? (
            <p>No consumer gave up on an event.</p>
          ) : (
            events.map((one) => (
              <div key={one.id}>
                <div className="row">
                  <b>{one.reactor}</b> event <code>{one.eventId}</code> of tenant <code>{one.tenantId}</code>
                  <Deed
                    label="Retry"
                    run={() =>
                      answered(api.POST("/admin/v1/parked/{id}/retry", { params: { path: { id: one.id ?? "" } } }))
                    }
                    changes={["parked"]}
                  />
                </div>
                <pre>{one.error}</pre>
              </div>
            ))
          )
        }
      </Result>
    </Panel>
  );
}
