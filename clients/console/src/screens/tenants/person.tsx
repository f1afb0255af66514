import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answered, api, credentials, type Schema } from "../../api/client";
import { apiError } from "../../api/errors";
import { Block } from "../../ui/block";
import { Deed } from "../../ui/deed";
import { ErrorBox } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Panel } from "../../ui/page";

/** Export and erasure of a person: all that names it, by addresses and ids of customers. */
export function Person({ tenantId, tenant }: { tenantId: string; tenant: string }) {
  const [person, setPerson] = useState<Schema["admin.Person"]>();
  const [erasure, setErasure] = useState("");
  const exported = useMutation({ mutationFn: (who: Schema["admin.Person"]) => exportOf(tenantId, who) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const { contacts = "", customers = "" } = texts(event);
    const who = { contacts: words(contacts), customerIds: words(customers) };
    setPerson(who);
    exported.mutate(who);
  };
  const erase = async () => {
    const params = { path: { tenant_id: tenantId } };
    const begun = await answered(
      api.POST("/admin/v1/tenants/{tenant_id}/persons/erase", { params, body: person as Schema["admin.Person"] }),
    );
    setErasure(begun.id ?? "");
    return begun;
  };
  return (
    <Panel title="Export and erasure of a person">
      <form className="filters" aria-label="Person" onSubmit={submit}>
        <Field label="Addresses and numbers" hint="Separated by commas.">
          <input name="contacts" autoComplete="off" />
        </Field>
        <Field label="Ids of customers" hint="Separated by commas.">
          <input name="customers" autoComplete="off" />
        </Field>
        <button type="submit" disabled={exported.isPending}>
          Export
        </button>
      </form>
      {exported.isError && <ErrorBox error={exported.error} />}
      {exported.data !== undefined && (
        <div className="stack">
          <p role="status">{exported.data.split("\n").filter(Boolean).length} records name this person.</p>
          <Block>{exported.data}</Block>
          <Deed
            label="Erase this person"
            run={erase}
            ask={{ name: tenant, warning: "All of this is erased or made anonymous. It cannot be undone." }}
          />
        </div>
      )}
      {erasure && <Erasure tenantId={tenantId} id={erasure} />}
    </Panel>
  );
}

const LOOK_MS = 1_500;

function Erasure({ tenantId, id }: { tenantId: string; id: string }) {
  const found = useQuery({
    queryKey: ["erasure", id],
    queryFn: ({ signal }) => {
      const params = { path: { tenant_id: tenantId, id } };
      return answered(api.GET("/admin/v1/tenants/{tenant_id}/erasures/{id}", { params, signal }));
    },
    refetchInterval: (query) => (query.state.data?.state === "DONE" ? false : LOOK_MS),
  });
  return (
    <p role="status">The erasure is {found.data?.state === "DONE" ? "done" : "under way; this screen can be left"}.</p>
  );
}

async function exportOf(tenantId: string, who: Schema["admin.Person"]): Promise<string> {
  const path = `/admin/v1/tenants/${encodeURIComponent(tenantId)}/persons/export`;
  const headers = { ...(await credentials(path)), "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(who), credentials: "omit" });
  if (answer.ok) return await answer.text();
  throw apiError(await answer.json().catch(() => undefined), answer.status, answer.headers.get("x-request-id"));
}

function words(text: string): string[] {
  return text.split(/\s*,\s*/).filter(Boolean);
}
