import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Deed } from "../../ui/deed";
import { Badge, Result } from "../../ui/feedback";
import { Facts, Page, Panel } from "../../ui/page";
import { Audit } from "./audit";
import { Person } from "./person";

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
          <Quotas id={id} />
          <Credentials id={id} />
          <Portal id={id} />
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

function Quotas({ id }: { id: string }) {
  const found = useQuery({
    queryKey: ["quotas", id],
    queryFn: ({ signal }) => answered(api.GET("/admin/v1/tenants/{id}/quotas", { params: { path: { id } }, signal })),
  });
  return (
    <Panel title="Quotas and their use">
      <Result of={found}>
        {(quotas) => (
          <Facts
            of={{
              "Events stored": Number(quotas.used?.events ?? 0).toLocaleString(),
              "Events a second": quotas.eventsPerSecond ? `at most ${quotas.eventsPerSecond}` : "no bound",
              "Bytes stored": of(quotas.used?.storageBytes, quotas.storageBytes),
              Subscriptions: of(quotas.used?.subscriptions, quotas.subscriptions),
            }}
          />
        )}
      </Result>
    </Panel>
  );
}

function of(used: string | number | undefined, most: string | number | undefined): string {
  const bound = Number(most ?? 0) > 0 ? Number(most).toLocaleString() : "no bound";
  return `${Number(used ?? 0).toLocaleString()} of ${bound}`;
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
        {({ credentials = [] }) => credentials.map((one) => <Credential key={one.id} of={one} />)}
      </Result>
    </Panel>
  );
}

function Credential({ of: credential }: { of: Schema["admin.Credential"] }) {
  const params = { path: { id: credential.id ?? "" } };
  const isLive = !credential.revokedAt;
  const isUser = credential.kind?.toLowerCase().includes("user") ?? false;
  return (
    <div className="row">
      <Badge tone={isLive ? "good" : ""}>{credential.state?.toLowerCase()}</Badge>
      <b>{credential.name}</b>
      <span className="soft">
        {credential.kind?.toLowerCase()}; {credential.grants?.join(", ")}
      </span>
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
  );
}

/** A link that lets somebody see this tenant's webhooks for an hour. */
function Portal({ id }: { id: string }) {
  const path = "/admin/v1/tenants/{tenant_id}/portal";
  const run = () =>
    answered(api.POST(path, { params: { path: { tenant_id: id } }, body: { readOnly: true } as never }));
  return (
    <Panel title="Portal link">
      <p>Whoever has the link sees this tenant's webhooks for an hour, and changes nothing.</p>
      <Deed label="Make a link" run={run} said={(made) => <code>{made.url}</code>} />
    </Panel>
  );
}
