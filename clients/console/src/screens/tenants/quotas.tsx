import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { answered, api, type Schema } from "../../api/client";
import { ApiError } from "../../api/errors";
import { ErrorBox, Result } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Panel } from "../../ui/page";
import { bytes } from "../../ui/units";

type Quotas = Schema["admin.Quotas"];

/** What a tenant uses of its quotas, and setting them. */
export function QuotasPanel({ id }: { id: string }) {
  const found = useQuery({
    queryKey: ["quotas", id],
    queryFn: ({ signal }) => answered(api.GET("/admin/v1/tenants/{id}/quotas", { params: { path: { id } }, signal })),
  });
  return (
    <Panel title="Quotas and their use">
      <Result of={found}>
        {(quotas) => (
          <div className="stack">
            <Use of={quotas} />
            <details>
              <summary>Set the quotas</summary>
              <Form id={id} of={quotas} />
            </details>
          </div>
        )}
      </Result>
    </Panel>
  );
}

function Use({ of: quotas }: { of: Quotas }) {
  const { used, storageBytes, subscriptions, eventsPerSecond } = quotas;
  return (
    <div className="tiles">
      <Used
        name="Subscriptions"
        used={used?.subscriptions}
        most={subscriptions}
        shown={(one) => one.toLocaleString()}
      />
      <Used name="Stored" used={used?.storageBytes} most={storageBytes} shown={bytes} />
      <div className="tile">
        <span className="soft">Events</span>
        <b>{Number(used?.events ?? 0).toLocaleString()}</b>
        <span className="small soft">
          {eventsPerSecond ? `at most ${eventsPerSecond} a second` : "no bound a second"}
        </span>
      </div>
    </div>
  );
}

interface UsedProps {
  name: string;
  used: string | number | undefined;
  most: string | number | undefined;
  shown: (value: number) => string;
}

function Used({ name, used, most, shown }: UsedProps) {
  const bound = Number(most ?? 0);
  const value = Number(used ?? 0);
  return (
    <div className="tile">
      <span className="soft">{name}</span>
      <b>{shown(value)}</b>
      {bound > 0 ? (
        <>
          <meter min={0} max={bound} high={bound * 0.9} value={value} aria-label={`${name} used`} />
          <span className="small soft"> of {shown(bound)}</span>
        </>
      ) : (
        <span className="small soft">no bound</span>
      )}
    </div>
  );
}

function Form({ id, of }: { id: string; of: Quotas }) {
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (body: Record<string, string>) =>
      answered(api.PUT("/admin/v1/tenants/{id}/quotas", { params: { path: { id } }, body: body as never })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["quotas", id] }),
  });
  const fault = save.error instanceof ApiError ? save.error : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const given = Object.entries(texts(event)).filter(([, value]) => value !== "");
    save.mutate(Object.fromEntries(given));
  };
  return (
    <form className="filters" aria-label="Quotas" onSubmit={submit} noValidate>
      <Field label="Events a second" hint="0: no bound; empty: the server's." fault={fault?.of("eventsPerSecond")}>
        <input name="eventsPerSecond" inputMode="numeric" defaultValue={of.eventsPerSecond} />
      </Field>
      <Field label="Bytes" hint="Of all events." fault={fault?.of("storageBytes")}>
        <input name="storageBytes" inputMode="numeric" defaultValue={of.storageBytes} />
      </Field>
      <Field label="Most subscriptions" hint="Of both kinds." fault={fault?.of("subscriptions")}>
        <input name="subscriptions" inputMode="numeric" defaultValue={of.subscriptions} />
      </Field>
      <div className="row">
        <button type="submit" className="main" disabled={save.isPending}>
          Set
        </button>
        <span role="status">{save.isSuccess && "They are set."}</span>
      </div>
      {save.isError && <ErrorBox error={save.error} />}
    </form>
  );
}
