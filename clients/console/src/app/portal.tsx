import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { MemoryRouter, Route, Routes } from "react-router";
import { apiError } from "../api/errors";
import { Busy, Result } from "../ui/feedback";
import { signIn, type TenantSession } from "./session";

const List = lazy(() => import("../screens/subscriptions/list"));
const One = lazy(() => import("../screens/subscriptions/push"));

const RENEW_BEFORE_S = 60;

/** What a shop's customer sees of their own webhooks, by a link: `/portal/{id}#{token}`, also in a frame. */
export function Portal({ token }: { token: string }) {
  const entered = useQuery({
    queryKey: ["portal"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      signIn({ tenant: await portalSession(token) });
      return true;
    },
  });
  return (
    <main>
      <Result of={entered}>
        {() => (
          <MemoryRouter initialEntries={["/subscriptions"]}>
            <Suspense fallback={<Busy />}>
              <Routes>
                <Route path="/subscriptions/push/:id" element={<One />} />
                <Route path="*" element={<List />} />
              </Routes>
            </Suspense>
          </MemoryRouter>
        )}
      </Result>
    </main>
  );
}

/** The token behind the link's `#`, which is taken out of the address, so that no history keeps it. */
export function takeToken(): string {
  const token = window.location.hash.slice(1);
  window.history.replaceState(null, "", window.location.pathname);
  return token;
}

async function portalSession(token: string): Promise<TenantSession> {
  const headers = { "content-type": "application/json" };
  const asked = { method: "POST", headers, body: JSON.stringify({ token }), credentials: "omit" } as const;
  const answer = await fetch("/portal/token", asked);
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw apiError(body, answer.status, answer.headers.get("x-request-id"));
  const { accessToken, expiresIn, tenant, scope } = body as Record<string, string>;
  const renewAt = Date.now() + (Number(expiresIn) - RENEW_BEFORE_S) * 1000;
  return {
    tenant: tenant ?? "",
    name: "portal",
    token: accessToken ?? "",
    renew: () => portalSession(token),
    renewAt,
    scopes: (scope ?? "").split(" "),
    isPortal: true,
  };
}
