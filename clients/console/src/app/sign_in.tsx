import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { apiError } from "../api/errors";
import { ErrorBox } from "../ui/feedback";
import { Field, texts } from "../ui/form";
import { signIn, tenantSession } from "./session";

type Way = "client" | "user" | "operator";

const WAYS: Record<Way, string> = { client: "Client", user: "User", operator: "Operator" };

/** Signing in, as whoever the caller is. What was signed in before is kept: an operator can be a tenant's caller too. */
export function SignIn({ onDone }: { onDone?: () => void }) {
  const [way, setWay] = useState<Way>("client");
  const attempt = useMutation({ mutationFn: enter, ...(onDone ? { onSuccess: onDone } : {}) });
  const submit = (event: FormEvent<HTMLFormElement>) => attempt.mutate({ way, form: texts(event) });
  return (
    <div className="signin stack">
      <h1>Sign in to Tidings</h1>
      <Demo onDone={onDone} />
      <form className="panel stack" onSubmit={submit} aria-label="Credentials">
        <fieldset className="row" style={{ border: 0, padding: 0, margin: 0 }}>
          <legend className="hidden-text">Sign in as</legend>
          {(Object.keys(WAYS) as Way[]).map((one) => (
            <label className="inline" key={one}>
              <input type="radio" name="way" checked={way === one} onChange={() => setWay(one)} />
              {WAYS[one]}
            </label>
          ))}
        </fieldset>
        {way === "operator" ? <OperatorFields /> : <TenantFields isUser={way === "user"} />}
        {attempt.isError && <ErrorBox error={attempt.error} />}
        <button className="main" type="submit" disabled={attempt.isPending}>
          Sign in
        </button>
        <p className="soft small">The token stays in this tab's memory. A reload signs you out.</p>
      </form>
    </div>
  );
}

function OperatorFields() {
  return (
    <Field label="Operator's token" hint="tidings operator create NAME makes one.">
      <input name="token" type="password" required autoComplete="off" />
    </Field>
  );
}

function TenantFields({ isUser }: { isUser: boolean }) {
  return (
    <>
      <Field label="Tenant">
        <input name="tenant" required autoComplete="organization" />
      </Field>
      <Field label="Client id">
        <input name="client_id" required autoComplete="off" />
      </Field>
      <Field label="Client secret">
        <input name="client_secret" type="password" required autoComplete="off" />
      </Field>
      {isUser && (
        <>
          <Field label="User name">
            <input name="username" required autoComplete="username" />
          </Field>
          <Field label="Password">
            <input name="password" type="password" required autoComplete="current-password" />
          </Field>
        </>
      )}
    </>
  );
}

interface Offer {
  tenant: string;
  client_id: string;
  client_secret: string;
  store: string;
  store_api_key: string;
}

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** The demo's credentials, which the server offers to pages of its own machine alone. */
function Demo({ onDone }: { onDone?: (() => void) | undefined }) {
  const isHere = LOOPBACK.has(window.location.hostname);
  const offer = useQuery({ queryKey: ["demo"], queryFn: demo, enabled: isHere, staleTime: Number.POSITIVE_INFINITY });
  const attempt = useMutation({ mutationFn: enterDemo, ...(onDone ? { onSuccess: onDone } : {}) });
  const found = offer.data;
  if (!found) return null;
  return (
    <div className="panel">
      <p>
        This installation has the tenant <b>{found.tenant}</b> to try things with. Only this machine is offered it.
      </p>
      <button type="button" className="main" disabled={attempt.isPending} onClick={() => attempt.mutate(found)}>
        Sign in to the demo
      </button>
      {attempt.isError && <ErrorBox error={attempt.error} />}
    </div>
  );
}

async function demo(): Promise<Offer | null> {
  const answer = await fetch("/console/demo.json");
  return answer.ok ? ((await answer.json()) as Offer) : null;
}

async function enterDemo(offer: Offer): Promise<void> {
  const { tenant, client_id, client_secret } = offer;
  const session = await tenantSession(tenant, { grant_type: "client_credentials", client_id, client_secret });
  signIn({ tenant: session, store: { store: offer.store, key: offer.store_api_key } });
}

async function enter({ way, form }: { way: Way; form: Record<string, string> }): Promise<void> {
  const { way: _, tenant = "", token = "", ...given } = form;
  if (way === "operator") {
    await checked("/admin/v1/tenants", { authorization: `Bearer ${token}` });
    return signIn({ operator: { token } });
  }
  const grant: Record<string, string> =
    way === "user" ? { grant_type: "password", scope: "api" } : { grant_type: "client_credentials" };
  const session = await tenantSession(tenant, { ...grant, ...given });
  await checked("/api/v1/events?pageSize=1", { authorization: `Bearer ${session.token}`, "x-twc-tenant": tenant });
  return signIn({ tenant: session });
}

/** A first call: it is refused where the tenant is another's, or the token is none. Raises ApiError. */
async function checked(path: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(path, { headers, credentials: "omit" });
  if (answer.ok) return;
  throw apiError(await answer.json().catch(() => undefined), answer.status, answer.headers.get("x-request-id"));
}
