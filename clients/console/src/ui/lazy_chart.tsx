import { lazy, Suspense } from "react";
import type { ChartProps } from "./chart";
import { Busy } from "./feedback";

const Drawn = lazy(() => import("./chart"));

/** Lines over time; the library is loaded when the first one is drawn. */
export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<Busy />}>
      <Drawn {...props} />
    </Suspense>
  );
}
