import { useSyncExternalStore } from "react";
import { credentials, type Schema } from "../../api/client";
import { ApiError, apiError } from "../../api/errors";
import { serverEvents, texts } from "../../api/stream";
import { onSignOut } from "../../app/session";

export type Backtest = Schema["loyalty.Backtest"];

/** A backtest as far as it came. It runs on while other screens are open, and is found again on its rule's. */
export interface BacktestRun {
  readonly outcome?: Backtest;
  readonly error?: unknown;
  readonly isRunning: boolean;
}

const runs = new Map<string, { run: BacktestRun; end: AbortController }>();
const listeners = new Set<() => void>();

export function useBacktest(ruleId: string): BacktestRun | undefined {
  return useSyncExternalStore(subscribe, () => runs.get(ruleId)?.run);
}

/** Begins a rule's backtest; one that runs already is ended. */
export function beginBacktest(ruleId: string, range: Readonly<Record<string, string>>): void {
  endBacktest(ruleId);
  const end = new AbortController();
  const told = (run: BacktestRun) => {
    if (end.signal.aborted) return;
    runs.set(ruleId, { run, end });
    for (const listener of listeners) listener();
  };
  told({ isRunning: true });
  follow(ruleId, range, end.signal, told).catch((error: unknown) => told({ error, isRunning: false }));
}

onSignOut(() => {
  for (const ruleId of [...runs.keys()]) endBacktest(ruleId);
});

export function endBacktest(ruleId: string): void {
  runs.get(ruleId)?.end.abort();
  runs.delete(ruleId);
  for (const listener of listeners) listener();
}

async function follow(
  ruleId: string,
  range: Readonly<Record<string, string>>,
  signal: AbortSignal,
  told: (run: BacktestRun) => void,
): Promise<void> {
  const path = `/api/v1/rules/${encodeURIComponent(ruleId)}/backtest-stream`;
  const headers = { ...(await credentials(path)), accept: "text/event-stream" };
  const answer = await fetch(`${path}?${new URLSearchParams(range)}`, { headers, signal, credentials: "omit" });
  if (!answer.ok || !answer.body) {
    throw apiError(await answer.json().catch(() => undefined), answer.status, answer.headers.get("x-request-id"));
  }
  let isComplete = false;
  for await (const one of serverEvents(texts(answer.body))) {
    const outcome = JSON.parse(one.data) as Backtest;
    isComplete = outcome.isComplete ?? false;
    told({ outcome, isRunning: !isComplete });
  }
  if (!isComplete) throw new ApiError("The backtest ended before its last event.", 0, "");
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
