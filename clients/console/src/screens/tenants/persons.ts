import { useSyncExternalStore } from "react";
import { answered, api, credentials, type Schema } from "../../api/client";
import { apiError } from "../../api/errors";
import { texts } from "../../api/stream";
import { onSignOut } from "../../app/session";

export type Who = Schema["admin.Person"];

/** What is done about a person of a tenant. It goes on while other screens are open, and is found again on the tenant's. */
export interface PersonWork {
  readonly who: Who;
  readonly records: number;
  readonly text: string;
  readonly isExporting: boolean;
  readonly error?: unknown;
  /** Id of the erasure that was begun. */
  readonly erasure?: string;
}

const works = new Map<string, PersonWork>();
const listeners = new Set<() => void>();

export function usePersonWork(tenantId: string): PersonWork | undefined {
  return useSyncExternalStore(subscribe, () => works.get(tenantId));
}

/** Begins the export of a person; what was done about another is forgotten. */
export function beginExport(tenantId: string, who: Who): void {
  const begun: PersonWork = { who, records: 0, text: "", isExporting: true };
  note(tenantId, begun);
  const isCurrent = () => works.get(tenantId)?.who === who;
  follow(tenantId, who, (text) => isCurrent() && note(tenantId, { ...begun, text, records: lines(text) }))
    .then((text) => isCurrent() && note(tenantId, { ...begun, text, records: lines(text), isExporting: false }))
    .catch((error: unknown) => isCurrent() && note(tenantId, { ...begun, error, isExporting: false }));
}

/** Begins the erasure of the person that was exported. Raises ApiError. */
export async function beginErasure(tenantId: string): Promise<void> {
  const work = works.get(tenantId);
  if (!work) return;
  const params = { path: { tenant_id: tenantId } };
  const begun = await answered(api.POST("/admin/v1/tenants/{tenant_id}/persons/erase", { params, body: work.who }));
  note(tenantId, { ...work, text: "", erasure: begun.id ?? "" });
}

onSignOut(() => works.clear());

function note(tenantId: string, work: PersonWork): void {
  works.set(tenantId, work);
  for (const listener of listeners) listener();
}

async function follow(tenantId: string, who: Who, told: (text: string) => void): Promise<string> {
  const path = `/admin/v1/tenants/${encodeURIComponent(tenantId)}/persons/export`;
  const headers = { ...(await credentials(path)), "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(who), credentials: "omit" });
  if (!answer.ok || !answer.body) {
    throw apiError(await answer.json().catch(() => undefined), answer.status, answer.headers.get("x-request-id"));
  }
  let text = "";
  for await (const piece of texts(answer.body)) {
    text += piece;
    told(text);
  }
  return text;
}

function lines(text: string): number {
  return text.split("\n").filter(Boolean).length;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
