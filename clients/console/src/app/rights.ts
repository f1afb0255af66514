import { useSessions } from "./session";

/** Whether the tenant's caller holds a scope: what it may not do is not offered. Callers without scopes hold all. */
export function useMay(scope: string): boolean {
  const scopes = useSessions().tenant?.scopes ?? [];
  const named = scopes.filter((one) => one.includes(":"));
  return named.length === 0 || named.includes(scope);
}
