export interface Seen {
  position: string;
  id: string;
  topic: string;
  entity: string;
  text: string;
  at: string;
}

export interface Tail {
  shown: readonly Seen[];
  waiting: readonly Seen[];
  isPaused: boolean;
  isOpen: boolean;
  limit: number;
}

export type TailAct =
  | { kind: "seen"; events: readonly Seen[] }
  | { kind: "pause" }
  | { kind: "open" }
  | { kind: "clear" };

/** The newest events that are kept: memory stays flat however long the tail is watched. */
export const LIMIT = 5_000;
export const START: Tail = { shown: [], waiting: [], isPaused: false, isOpen: false, limit: LIMIT };

/** Newest first; on a pause events wait, at most `LIMIT` of them too. */
export function tailReducer(tail: Tail, act: TailAct): Tail {
  if (act.kind === "open") return { ...tail, isOpen: true };
  if (act.kind === "clear") return { ...START, isPaused: tail.isPaused };
  if (act.kind === "pause") {
    if (!tail.isPaused) return { ...tail, isPaused: true };
    return { ...tail, isPaused: false, shown: newest(tail.waiting, tail.shown), waiting: [] };
  }
  if (tail.isPaused) return { ...tail, waiting: newest(act.events, tail.waiting) };
  return { ...tail, shown: newest(act.events, tail.shown) };
}

function newest(fresh: readonly Seen[], kept: readonly Seen[]): readonly Seen[] {
  return [...fresh, ...kept].slice(0, LIMIT);
}
