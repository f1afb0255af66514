/** A stretch of time until now, and the steps in which it is counted. */
export interface Span {
  name: string;
  step: "HOUR" | "DAY";
  steps: number;
}

export const SPANS: readonly Span[] = [
  { name: "hour", step: "HOUR", steps: 1 },
  { name: "day", step: "HOUR", steps: 24 },
  { name: "week", step: "DAY", steps: 7 },
];

const SECONDS = { HOUR: 3_600, DAY: 86_400 };

/** The starts of a span's steps in seconds, the one that runs included, and the first in milliseconds. */
export function buckets(span: Span, nowMs: number): { from: number; times: number[] } {
  const step = SECONDS[span.step];
  const last = Math.floor(nowMs / 1000 / step) * step;
  const times = Array.from({ length: span.steps + 1 }, (_, index) => last - (span.steps - index) * step);
  return { from: (times[0] ?? last) * 1000, times };
}
