import { Link } from "react-router";
import { answered, api } from "../../api/client";
import { Block } from "../../ui/block";
import { Deed } from "../../ui/deed";
import { Badge, Result } from "../../ui/feedback";
import { Page, Panel } from "../../ui/page";
import { More, usePages } from "../../ui/paged";
import { Audit } from "./audit";
import { NewTenant } from "./new_tenant";

export default function Tenants() {
  const found = usePages(
    ["tenants", "list"],
    (after, signal) => {
      const query = after ? { after: Number(after) } : {};
      return answered(api.GET("/admin/v1/tenants", { params: { query }, signal }));
    },
    (page) => page.tenants,
  );
  return (
    <Page title="Tenants">
      <Panel title="Tenants">
        <Result of={found}>
          {(tenants) =>
            tenants.map((one) => (
              <p className="row" key={one.id}>
                <Badge tone={one.state === "ACTIVE" ? "good" : "warn"}>{one.state?.toLowerCase()}</Badge>
                <Link to={`/tenants/${one.id}`}>{one.name}</Link>
                <code>{one.id}</code>
              </p>
            ))
          }
        </Result>
        <More of={found} />
      </Panel>
      <NewTenant />
      <DeadLetters />
      <Audit title="What operators did" tenantId="" />
    </Page>
  );
}

function DeadLetters() {
  const found = usePages(
    ["parked"],
    (after, signal) => answered(api.GET("/admin/v1/parked", { params: { query: after ? { after } : {} }, signal })),
    (page) => page.events,
  );
  return (
    <Panel title="Dead letters">
      <Result of={found}>
        {(events) =>
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
                    changes={["parked", "server-state"]}
                  />
                </div>
                <Block>{one.error}</Block>
              </div>
            ))
          )
        }
      </Result>
      <More of={found} />
    </Panel>
  );
}
