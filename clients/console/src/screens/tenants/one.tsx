import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Deed } from "../../ui/deed";
import { Badge, Result } from "../../ui/feedback";
import { Page, Panel } from "../../ui/page";
import { Audit } from "./audit";
import { Person } from "./person";
import { PortalPanel } from "./portal";
import { QuotasPanel } from "./quotas";

export default function Tenant() {
  const { id = "" } = useParams();
  const params = { path: { id } };
  const found = useQuery({
    queryKey: ["tenants", id],
    queryFn: ({ signal }) => answered(api.GET("/admin/v1/tenants/{id}", { params, signal })),
  });
  return (
    <Result title="Tenant" of={found}>
      {(tenant) => (
        <Page title={tenant.name ?? id} about={<code>{id}</code>} deeds={<Deeds of={tenant} id={id} />}>
          <QuotasPanel id={id} />
          <Credentials id={id} />
          <PortalPanel id={id} />
          <Person tenantId={id} tenant={tenant.name ?? id} />
          <Audit title="What its callers did" tenantId={id} />
        </Page>
      )}
    </Result>
  );
}

function Deeds({ of, id }: { of: Schema["admin.Tenant"]; id: string }) {
  const params = { path: { id } };
  if (of.state !== "ACTIVE") {
    return (
      <Deed
        label="Resume"
        run={() => answered(api.POST("/admin/v1/tenants/{id}/resume", { params }))}
        changes={["tenants"]}
      />
    );
  }
  return (
    <Deed
      label="Suspend"
      run={() => answered(api.POST("/admin/v1/tenants/{id}/suspend", { params }))}
      changes={["tenants"]}
      ask={{ name: of.name ?? id, warning: "All its callers are refused until it is resumed." }}
    />
  );
}

function Credentials({ id }: { id: string }) {
  const found = useQuery({
    queryKey: ["credentials", id],
    queryFn: ({ signal }) =>
      answered(api.GET("/admin/v1/credentials", { params: { query: { tenantId: id } }, signal })),
  });
  return (
    <Panel title="Credentials">
      <Result of={found}>
        {({ credentials = [] }) => (
          <div className="scroll">
            <table aria-label="Credentials">
              <thead>
                <tr>
                  <th>State</th>
                  <th>Name</th>
                  <th>May</th>
                  <th>
                    <span className="hidden-text">Change</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {credentials.map((one) => (
                  <Credential key={one.id} of={one} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Result>
    </Panel>
  );
}

function Credential({ of: credential }: { of: Schema["admin.Credential"] }) {
  const params = { path: { id: credential.id ?? "" } };
  const isLive = !credential.revokedAt;
  const isUser = credential.kind?.toLowerCase().includes("user") ?? false;
  return (
    <tr>
      <td>
        <Badge tone={isLive ? "good" : ""}>{credential.state?.toLowerCase()}</Badge>
      </td>
      <td>
        <b>{credential.name}</b>
        <br />
        <span className="soft small">{credential.kind?.toLowerCase().replaceAll("_", " ")}</span>
      </td>
      <td className="small">{credential.grants?.join(", ")}</td>
      <td>
        <div className="row end">
          {isLive && !isUser && (
            <Deed
              label="Rotate"
              run={() =>
                answered(api.POST("/admin/v1/credentials/{id}/rotate", { params, body: { overlap: "3600s" } as never }))
              }
              changes={["credentials"]}
              said={(made) => (
                <>
                  The old one holds for an hour. The new secret, shown this once: <code>{made.secret}</code>
                </>
              )}
            />
          )}
          {isLive && (
            <Deed
              label="Revoke"
              run={() => answered(api.POST("/admin/v1/credentials/{id}/revoke", { params }))}
              changes={["credentials"]}
              ask={{
                name: credential.name ?? "revoke",
                warning: "It ends for ever, with every token that was bought with it.",
              }}
            />
          )}
        </div>
      </td>
    </tr>
  );
}
