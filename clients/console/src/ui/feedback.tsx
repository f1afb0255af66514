import { type ReactNode, useState } from "react";
import { ApiError } from "../api/errors";
import { Block } from "./block";

export type Tone = "" | "good" | "warn" | "bad";

export function Badge({ tone = "", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

/** What an API said, and the id by which its log knows the request. */
export function ErrorBox({ error, again }: { error: unknown; again?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  const requestId = error instanceof ApiError ? error.requestId : "";
  return (
    <div className="notice bad" role="alert">
      <p>{message}</p>
      {requestId && (
        <p className="small">
          Request <code>{requestId}</code> <Copy text={requestId} label="Copy the request id" />
        </p>
      )}
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** An empty screen: what to do next, and the line to paste. */
export function Empty({ title, paste, children }: { title: string; paste?: string; children?: ReactNode }) {
  return (
    <div className="panel empty">
      <h2>{title}</h2>
      {children}
      {paste && (
        <>
          <Block>{paste}</Block>
          <p className="row">
            <Copy text={paste} label="Copy" />
          </p>
        </>
      )}
    </div>
  );
}

export function Busy() {
  return (
    <p className="busy" role="status">
      Loading …
    </p>
  );
}

export function Copy({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <button type="button" onClick={copy}>
      {label}
      <span role="status">{copied ? " ✓" : ""}</span>
    </button>
  );
}

interface Asked<T> {
  isPending: boolean;
  error: unknown;
  data: T | undefined;
  refetch: () => unknown;
}

/** A query's result: loading, what went wrong, or what `children` make of it. */
export function Result<T>({ of, title, children }: ResultProps<T>) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  const heading = title && <h1>{title}</h1>;
  if (of.isPending) {
    return (
      <>
        {heading}
        <Busy />
      </>
    );
  }
  return (
    <>
      {heading}
      <ErrorBox error={of.error} again={() => void of.refetch()} />
    </>
  );
}

interface ResultProps<T> {
  of: Asked<T>;
  /** The heading until there is a result, where the result is a whole screen. */
  title?: string;
  children: (data: T) => ReactNode;
}
