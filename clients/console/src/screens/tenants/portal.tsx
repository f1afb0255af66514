import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { answered, api } from "../../api/client";
import { ApiError } from "../../api/errors";
import { Copy, ErrorBox } from "../../ui/feedback";
import { Check, Field, texts } from "../../ui/form";
import { Panel, Time } from "../../ui/page";

/** A link that lets somebody see this tenant's webhooks for an hour, also in a frame. */
export function PortalPanel({ id }: { id: string }) {
  const make = useMutation({
    mutationFn: ({ application, frameOrigin, readOnly }: Record<string, string>) => {
      const body = { application, frameOrigin, readOnly: readOnly === "on" };
      const params = { path: { tenant_id: id } };
      return answered(api.POST("/admin/v1/tenants/{tenant_id}/portal", { params, body: body as never }));
    },
  });
  const fault = make.error instanceof ApiError ? make.error : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => make.mutate(texts(event));
  return (
    <Panel title="Portal link">
      <p>Whoever has the link sees this tenant's webhooks for an hour.</p>
      <form className="filters" aria-label="Portal link" onSubmit={submit} noValidate>
        <Field label="Only of the application" hint="Empty: all webhooks." fault={fault?.of("application")}>
          <input name="application" />
        </Field>
        <Field label="In frames of" hint="An origin; empty: in no frame." fault={fault?.of("frameOrigin")}>
          <input name="frameOrigin" placeholder="https://shop.example" />
        </Field>
        <Check name="readOnly" label="It changes nothing" checked />
        <div className="row">
          <button type="submit" disabled={make.isPending}>
            Make a link
          </button>
        </div>
      </form>
      {make.isError && <ErrorBox error={make.error} />}
      {make.data && (
        <div className="notice good" role="status">
          <p>
            Shown this once; it ends <Time at={make.data.expiresAt} />.
          </p>
          <p>
            <code>{make.data.url}</code>
          </p>
          <Copy label="Copy the link" text={make.data.url ?? ""} />
        </div>
      )}
    </Panel>
  );
}
