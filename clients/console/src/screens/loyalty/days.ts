interface Day {
  date?: string;
  points?: number;
}

const DAY_S = 86_400;

/** Points a day, in UTC, from the first day to the last, the days without any too. */
export function pointsByDay(days: readonly Day[]): { times: number[]; values: number[] } {
  const points = new Map<number, number>();
  for (const { date = "", points: given = 0 } of days) {
    const at = Date.parse(`${date}T00:00:00Z`) / 1000;
    if (!Number.isNaN(at)) points.set(at, given);
  }
  const sorted = [...points.keys()].sort((a, b) => a - b);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return { times: [], values: [] };
  const times = Array.from({ length: (last - first) / DAY_S + 1 }, (_, index) => first + index * DAY_S);
  return { times, values: times.map((time) => points.get(time) ?? 0) };
}
