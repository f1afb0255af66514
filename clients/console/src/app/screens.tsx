import { type ComponentType, lazy } from "react";

export interface Screen {
  path: string;
  name: string;
  for: "tenant" | "operator";
}

/** The navigation, in its order. */
export const SCREENS: readonly Screen[] = [
  { path: "/", name: "Overview", for: "tenant" },
  { path: "/events", name: "Events", for: "tenant" },
  { path: "/subscriptions", name: "Subscriptions", for: "tenant" },
  { path: "/deliveries", name: "Deliveries", for: "tenant" },
  { path: "/workflows", name: "Workflows", for: "tenant" },
  { path: "/loyalty", name: "Loyalty", for: "tenant" },
  { path: "/schedules", name: "Schedules and jobs", for: "tenant" },
  { path: "/tenants", name: "Tenants", for: "operator" },
];

/** Each address's screen, loaded when it is first opened. */
export const ROUTES: Readonly<Record<string, ComponentType>> = {
  "/": lazy(() => import("../screens/overview")),
  "/events": lazy(() => import("../screens/events/list")),
  "/events/live": lazy(() => import("../screens/events/live")),
  "/events/:id": lazy(() => import("../screens/events/one")),
  "/subscriptions": lazy(() => import("../screens/subscriptions/list")),
  "/subscriptions/new": lazy(() => import("../screens/subscriptions/edit")),
  "/subscriptions/new-queue": lazy(() => import("../screens/subscriptions/edit_queue")),
  "/subscriptions/push/:id": lazy(() => import("../screens/subscriptions/push")),
  "/subscriptions/push/:id/edit": lazy(() => import("../screens/subscriptions/edit")),
  "/subscriptions/queue/:id": lazy(() => import("../screens/subscriptions/queue")),
  "/subscriptions/queue/:id/edit": lazy(() => import("../screens/subscriptions/edit_queue")),
  "/deliveries": lazy(() => import("../screens/deliveries/list")),
  "/workflows": lazy(() => import("../screens/workflows/list")),
  "/workflows/runs/:id": lazy(() => import("../screens/workflows/run")),
  "/workflows/:name": lazy(() => import("../screens/workflows/one")),
  "/loyalty": lazy(() => import("../screens/loyalty/customers")),
  "/loyalty/customers/:id": lazy(() => import("../screens/loyalty/customer")),
  "/loyalty/rules": lazy(() => import("../screens/loyalty/rules")),
  "/loyalty/rules/:id": lazy(() => import("../screens/loyalty/rule")),
  "/schedules": lazy(() => import("../screens/schedules/list")),
  "/tenants": lazy(() => import("../screens/tenants/list")),
  "/tenants/:id": lazy(() => import("../screens/tenants/one")),
};
