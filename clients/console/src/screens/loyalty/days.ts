interface Example {
  customerId?: string;
  points?: number;
  recordedAt?: string;
}

const DAY_S = 86_400;

/** Points a day, in UTC, from the first day of the examples to the last, the days without any too. */
export function pointsByDay(examples: readonly Example[]): { times: number[]; values: number[] } {
  const days = new Map<number, number>();
  for (const one of examples) {
    const day = Math.floor(Date.parse(one.recordedAt ?? "") / 1000 / DAY_S) * DAY_S;
    if (!Number.isNaN(day)) days.set(day, (days.get(day) ?? 0) + (one.points ?? 0));
  }
  const sorted = [...days.keys()].sort((a, b) => a - b);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return { times: [], values: [] };
  const times = Array.from({ length: (last - first) / DAY_S + 1 }, (_, index) => first + index * DAY_S);
  return { times, values: times.map((time) => days.get(time) ?? 0) };
}

/** Customers with the most points among the examples. */
export function topCustomers(examples: readonly Example[], most: number): [string, number][] {
  const points = new Map<string, number>();
  for (const { customerId = "", points: got = 0 } of examples)
    points.set(customerId, (points.get(customerId) ?? 0) + got);
  return [...points].sort((a, b) => b[1] - a[1]).slice(0, most);
}
