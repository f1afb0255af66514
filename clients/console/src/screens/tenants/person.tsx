import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { answered, api } from "../../api/client";
import { Block } from "../../ui/block";
import { Deed } from "../../ui/deed";
import { ErrorBox } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Panel } from "../../ui/page";
import { beginErasure, beginExport, type PersonWork, usePersonWork } from "./persons";

/** Export and erasure of a person: all that names it, by addresses and ids of customers. */
export function Person({ tenantId }: { tenantId: string }) {
  const work = usePersonWork(tenantId);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const { contacts = "", customers = "" } = texts(event);
    beginExport(tenantId, { contacts: words(contacts), customerIds: words(customers) });
  };
  return (
    <Panel title="Export and erasure of a person">
      <form className="filters" aria-label="Person" onSubmit={submit}>
        <Field label="Addresses and numbers" hint="Separated by commas.">
          <input name="contacts" autoComplete="off" defaultValue={work?.who.contacts?.join(", ")} />
        </Field>
        <Field label="Ids of customers" hint="Separated by commas.">
          <input name="customers" autoComplete="off" defaultValue={work?.who.customerIds?.join(", ")} />
        </Field>
        <button type="submit" disabled={work?.isExporting}>
          Export
        </button>
      </form>
      {work?.error !== undefined && <ErrorBox error={work.error} />}
      {work && work.error === undefined && !work.erasure && <Exported of={work} tenantId={tenantId} />}
      {work?.erasure && <Erasure tenantId={tenantId} id={work.erasure} />}
    </Panel>
  );
}

function Exported({ of, tenantId }: { of: PersonWork; tenantId: string }) {
  const named = of.who.contacts?.[0] ?? of.who.customerIds?.[0] ?? "";
  return (
    <div className="stack">
      <p role="status">
        {of.isExporting
          ? `${of.records.toLocaleString()} records so far; this screen can be left.`
          : `${of.records.toLocaleString()} records name this person.`}
      </p>
      {of.text && <Block>{of.text}</Block>}
      {!of.isExporting && (
        <Deed
          label="Erase this person"
          run={() => beginErasure(tenantId)}
          ask={{ name: named, warning: "All of this is erased or made anonymous. It cannot be undone." }}
        />
      )}
    </div>
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

function words(text: string): string[] {
  return text.split(/\s*,\s*/).filter(Boolean);
}
