import { useSyncExternalStore } from "react";
import { ApiError, apiError } from "../api/errors";

/** A caller of a tenant's APIs. `renew` buys the next token. */
export interface TenantSession {
  readonly tenant: string;
  readonly name: string;
  readonly token: string;
  readonly renew: () => Promise<TenantSession>;
  /** A portal link's: it sees webhooks alone. */
  readonly isPortal?: boolean;
  readonly renewAt: number;
  readonly scopes: readonly string[];
}

export interface OperatorSession {
  readonly token: string;
}

export interface StoreSession {
  readonly store: string;
  readonly key: string;
}

/** Who is signed in, to what. It lives in this variable alone: it ends with the tab, and with a reload. */
export interface Sessions {
  readonly tenant?: TenantSession;
  readonly operator?: OperatorSession;
  readonly store?: StoreSession;
}

let current: Sessions = {};
const listeners = new Set<() => void>();

export function sessions(): Sessions {
  return current;
}

export function useSessions(): Sessions {
  return useSyncExternalStore(subscribe, sessions);
}

export function signIn(more: Sessions): void {
  current = { ...current, ...more };
  for (const listener of listeners) listener();
}

const leaving = new Set<() => void>();

/** Calls `forget` at each sign-out: what is kept beside the screens belongs to who was signed in. */
export function onSignOut(forget: () => void): void {
  leaving.add(forget);
}

export function signOut(): void {
  current = {};
  for (const forget of leaving) forget();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const RENEW_BEFORE_S = 60;

/** Buys a token for a client or a user. Raises ApiError, also where the tenant is not the credentials' own. */
export async function tenantSession(tenant: string, form: Readonly<Record<string, string>>): Promise<TenantSession> {
  const body = new URLSearchParams(form);
  // Without credentials of its own the browser asks nobody for a password when the server answers 401.
  const answer = await fetch("/oauth/token", { method: "POST", body, credentials: "omit" });
  const found: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw apiError(found, answer.status, answer.headers.get("x-request-id"));
  const {
    access_token: token,
    expires_in: lives,
    scope,
  } = found as {
    access_token: string;
    expires_in: number;
    scope?: string;
  };
  const renewAt = Date.now() + (lives - RENEW_BEFORE_S) * 1000;
  const name = form.username ?? form.client_id ?? "";
  return { tenant, name, token, renew: () => tenantSession(tenant, form), renewAt, scopes: (scope ?? "").split(" ") };
}

/** The tenant's session with a token that still holds. Raises ApiError. */
export async function validTenant(): Promise<TenantSession> {
  const { tenant } = current;
  if (!tenant) throw new ApiError("Sign in to a tenant to see this.", 401, "");
  if (Date.now() < tenant.renewAt) return tenant;
  const renewed = await tenant.renew();
  signIn({ tenant: renewed });
  return renewed;
}
