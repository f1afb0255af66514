import { type ComponentType, lazy } from "react";

export interface Screen {
  path: string;
  name: string;
  for: "tenant" | "operator";
}

/** The navigation, in its order. */
export const SCREENS: readonly Screen[] = [
  { path: "/events", name: "Events", for: "tenant" },
  { path: "/subscriptions", name: "Subscriptions", for: "tenant" },
  { path: "/deliveries", name: "Deliveries", for: "tenant" },
];

/** Each address's screen, loaded when it is first opened. */
export const ROUTES: Readonly<Record<string, ComponentType>> = {
  "/": lazy(() => import("../screens/events/list")),
  "/events": lazy(() => import("../screens/events/list")),
  "/events/live": lazy(() => import("../screens/events/live")),
  "/events/:id": lazy(() => import("../screens/events/one")),
  "/subscriptions": lazy(() => import("../screens/subscriptions/list")),
  "/subscriptions/new": lazy(() => import("../screens/subscriptions/edit")),
  "/subscriptions/new-queue": lazy(() => import("../screens/subscriptions/new_queue")),
  "/subscriptions/push/:id": lazy(() => import("../screens/subscriptions/push")),
  "/subscriptions/push/:id/edit": lazy(() => import("../screens/subscriptions/edit")),
  "/subscriptions/queue/:id": lazy(() => import("../screens/subscriptions/queue")),
  "/deliveries": lazy(() => import("../screens/deliveries/list")),
};
