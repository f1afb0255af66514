import { type ComponentType, lazy } from "react";

export interface Screen {
  path: string;
  name: string;
  for: "tenant" | "operator";
}

/** The navigation, in its order. */
export const SCREENS: readonly Screen[] = [
  { path: "/events", name: "Events", for: "tenant" },
];

/** Each address's screen, loaded when it is first opened. */
export const ROUTES: Readonly<Record<string, ComponentType>> = {
  "/": lazy(() => import("../screens/events/list")),
  "/events": lazy(() => import("../screens/events/list")),
};
