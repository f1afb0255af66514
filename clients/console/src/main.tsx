import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Link, Route, Routes } from "react-router";
import { ApiError } from "./api/errors";
import { Portal, takeToken } from "./app/portal";
import { ROUTES } from "./app/screens";
import { Shell } from "./app/shell";
import { applyTheme } from "./app/theme";
import "./styles.css";
import { Page } from "./ui/page";

const RETRIES = 2;

/** Asks again only where the server could not be asked, or could not answer; nothing is asked again by a clock.
 * Always: a machine without a network reaches itself all the same. */
const queries = new QueryClient({
  defaultOptions: {
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      staleTime: 5_000,
      retry: (count, error) =>
        count < RETRIES && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
  },
});

function Unknown() {
  return (
    <Page title="No such screen">
      <p>
        <Link to="/">To the overview</Link>
      </p>
    </Page>
  );
}

function Console() {
  return (
    <BrowserRouter basename="/console">
      <Routes>
        <Route element={<Shell />}>
          {Object.entries(ROUTES).map(([path, Screen]) => (
            <Route key={path} path={path} element={<Screen />} />
          ))}
          <Route path="*" element={<Unknown />} />
        </Route>
      </Routes>
    </BrowserRouter>
  );
}

applyTheme();
const isPortal = window.location.pathname.startsWith("/portal/");
const token = isPortal ? takeToken() : "";
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>{isPortal ? <Portal token={token} /> : <Console />}</QueryClientProvider>
    </StrictMode>,
  );
}
