import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answered, api } from "../../api/client";
import { ApiError } from "../../api/errors";
import { Copy, ErrorBox } from "../../ui/feedback";
import { Check, Field, texts } from "../../ui/form";
import { Panel } from "../../ui/page";

type Kind = "client" | "key" | "store" | "user";

const KINDS: Record<Kind, string> = {
  client: "Client: id and secret for tokens",
  key: "Key of the tenant",
  store: "Key of a store",
  user: "User: name and password",
};

/** Scopes that a tenant's credentials can be narrowed to. */
const SCOPES = [
  "events:read",
  "events:write",
  "subscriptions:read",
  "subscriptions:write",
  "rules:read",
  "rules:write",
] as const;

interface Made {
  name: string;
  secret: string;
}

/** Making a client, a key or a user of a tenant; its secret is shown once. */
export function NewCredential({ id }: { id: string }) {
  const [kind, setKind] = useState<Kind>("client");
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: (form: Record<string, string>) => made(id, kind, form),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["credentials", id] }),
  });
  const fault = make.error instanceof ApiError ? make.error : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => make.mutate(texts(event));
  return (
    <Panel title="New credential">
      <form className="stack" aria-label="New credential" onSubmit={submit} noValidate>
        <Field label="Kind">
          <select value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
            {Object.entries(KINDS).map(([name, text]) => (
              <option key={name} value={name}>
                {text}
              </option>
            ))}
          </select>
        </Field>
        <Narrowed kind={kind} fault={fault} />
        <fieldset className="row">
          <legend className="small">It may, where none is chosen everything that a tenant may:</legend>
          <Check name="read-only" label="read only" />
          {SCOPES.map((scope) => (
            <Check key={scope} name={scope} label={scope} />
          ))}
        </fieldset>
        {make.isError && <ErrorBox error={make.error} />}
        <button type="submit" className="main" disabled={make.isPending}>
          Make it
        </button>
      </form>
      {make.data && <Shown of={make.data} />}
    </Panel>
  );
}

/** What each kind is narrowed to, or named by. */
function Narrowed({ kind, fault }: { kind: Kind; fault: ApiError | undefined }) {
  if (kind === "store") {
    return (
      <Field label="Store" hint="Its number." fault={fault?.of("storeId")}>
        <input name="storeId" inputMode="numeric" autoComplete="off" />
      </Field>
    );
  }
  if (kind === "key") return null;
  return (
    <>
      {kind === "user" && (
        <>
          <Field label="User name" fault={fault?.of("username")}>
            <input name="username" autoComplete="off" />
          </Field>
          <Field label="Password" hint="Empty: one is made." fault={fault?.of("password")}>
            <input name="password" type="password" autoComplete="new-password" />
          </Field>
        </>
      )}
      <Field label="Retailer" hint="Empty: the whole account." fault={fault?.of("retailerId")}>
        <input name="retailerId" autoComplete="off" />
      </Field>
    </>
  );
}

function Shown({ of: { name, secret } }: { of: Made }) {
  return (
    <div className="notice good" role="status">
      <p>
        <b>{name}</b>, with the secret that is shown this once:
      </p>
      <p>
        <code>{secret}</code>
      </p>
      <Copy label="Copy the secret" text={secret} />
    </div>
  );
}

async function made(tenantId: string, kind: Kind, form: Record<string, string>): Promise<Made> {
  const grants = ["read-only", ...SCOPES].filter((one) => form[one] === "on");
  const given = ["storeId", "username", "password", "retailerId"].filter((name) => form[name]);
  const narrowed = Object.fromEntries(given.map((name) => [name, form[name]]));
  const body = { tenantId, grants, ...narrowed } as never;
  if (kind === "client") {
    const client = await answered(api.POST("/admin/v1/clients", { body }));
    return { name: client.clientId ?? "", secret: client.clientSecret ?? "" };
  }
  if (kind === "store" && !form.storeId) {
    const rule = "is required: the number of the store";
    throw new ApiError(`storeId ${rule}`, 400, "", [{ field: "storeId", message: rule }]);
  }
  const credential =
    kind === "user"
      ? await answered(api.POST("/admin/v1/users", { body }))
      : await answered(api.POST("/admin/v1/keys", { body }));
  return { name: credential.name ?? "", secret: credential.secret ?? form.password ?? "" };
}
