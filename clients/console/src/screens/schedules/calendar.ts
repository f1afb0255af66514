/** The fire times of one day of a month. */
export interface CalendarDay {
  /** 1 to 31; 0 for the empty places before the first. */
  day: number;
  times: readonly string[];
}

export interface Month {
  name: string;
  /** Weeks from Monday on. */
  weeks: readonly (readonly CalendarDay[])[];
}

/** The months in which something fires, as the wall clock of a zone has it. Raises RangeError for an unknown zone. */
export function monthsOf(times: readonly string[], zone: string): Month[] {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const months = new Map<string, Map<number, string[]>>();
  for (const time of times) {
    const parts = Object.fromEntries(format.formatToParts(new Date(time)).map((part) => [part.type, part.value]));
    const days = months.get(`${parts.year}-${parts.month}`) ?? new Map<number, string[]>();
    months.set(`${parts.year}-${parts.month}`, days);
    const day = Number(parts.day);
    days.set(day, [...(days.get(day) ?? []), `${parts.hour}:${parts.minute}`]);
  }
  return [...months].map(([month, days]) => ({ name: nameOf(month), weeks: weeksOf(month, days) }));
}

function nameOf(month: string): string {
  const first = new Date(`${month}-01T00:00:00Z`);
  return first.toLocaleDateString(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
}

const WEEK = 7;

function weeksOf(month: string, fires: ReadonlyMap<number, readonly string[]>): CalendarDay[][] {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const before = (new Date(`${month}-01T00:00:00Z`).getUTCDay() + WEEK - 1) % WEEK;
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const days: CalendarDay[] = Array.from({ length: before }, () => ({ day: 0, times: [] }));
  for (let day = 1; day <= length; day += 1) days.push({ day, times: fires.get(day) ?? [] });
  while (days.length % WEEK) days.push({ day: 0, times: [] });
  return Array.from({ length: days.length / WEEK }, (_, week) => days.slice(week * WEEK, (week + 1) * WEEK));
}
