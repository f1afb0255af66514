import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Deed } from "../../ui/deed";
import { Badge, Result } from "../../ui/feedback";
import { Page } from "../../ui/page";
import { Audit } from "./audit";
import { Credentials } from "./credentials";
import { NewCredential } from "./new_credential";
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
          <NewCredential id={id} />
          <PortalPanel id={id} />
          <Person tenantId={id} />
          <Audit title="What its callers did" tenantId={id} />
        </Page>
      )}
    </Result>
  );
}

function Deeds({ of, id }: { of: Schema["admin.Tenant"]; id: string }) {
  const params = { path: { id } };
  const navigate = useNavigate();
  const remove = async () => {
    await answered(api.DELETE("/admin/v1/tenants/{id}", { params }));
    await navigate("/tenants");
  };
  if (of.state === "DELETING") return <Badge tone="bad">being deleted</Badge>;
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
    <>
      <Deed
        label="Suspend"
        run={() => answered(api.POST("/admin/v1/tenants/{id}/suspend", { params }))}
        changes={["tenants"]}
        ask={{ name: of.name ?? id, warning: "All its callers are refused until it is resumed." }}
      />
      <Deed
        label="Delete"
        run={remove}
        changes={["tenants"]}
        ask={{ name: of.name ?? id, warning: "All that is stored of it is deleted. It cannot be undone." }}
      />
    </>
  );
}
