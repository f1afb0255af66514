import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useId, useRef, useState } from "react";
import { ErrorBox } from "./feedback";

interface DeedProps<T> {
  label: string;
  run: () => Promise<T>;
  /** What is said when it is done. */
  said?: (result: T) => ReactNode;
  /** First parts of the keys of what must be asked anew. */
  changes?: readonly string[];
  main?: boolean;
  /** What must be typed first, where it can't be undone, and what will happen. */
  /** Whether there is anything to do; what came of it is said all the same. */
  isOffered?: boolean;
  ask?: { name: string; warning: string } | undefined;
}

/** A button that does something on the server, and says what came of it. */
export function Deed<T>({ label, run, said, changes = [], main = false, isOffered = true, ask }: DeedProps<T>) {
  const queries = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const deed = useMutation({
    mutationFn: run,
    onSuccess: () => Promise.all(changes.map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
  const look = ask ? "danger" : main ? "main" : "";
  return (
    <span className="deed">
      <button
        type="button"
        hidden={!isOffered}
        className={look}
        disabled={deed.isPending}
        onClick={() => (ask ? dialog.current?.showModal() : deed.mutate())}
      >
        {label}
      </button>{" "}
      <span role="status">
        {deed.isSuccess ? <span className="small">{said ? said(deed.data) : "Done."}</span> : null}
      </span>
      {deed.isError && <ErrorBox error={deed.error} />}
      {ask && <Asked label={label} ask={ask} dialog={dialog} onAgreed={() => deed.mutate()} />}
    </span>
  );
}

interface AskedProps {
  label: string;
  ask: { name: string; warning: string };
  dialog: React.RefObject<HTMLDialogElement | null>;
  onAgreed: () => void;
}

/** The question before what can't be undone: the name must be typed. */
function Asked({ label, ask, dialog, onAgreed }: AskedProps) {
  const [typed, setTyped] = useState("");
  const id = useId();
  const close = () => {
    setTyped("");
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{label}?</h2>
      <p>{ask.warning}</p>
      <label htmlFor={id}>
        Type <code>{ask.name}</code> to go on
      </label>
      <input id={id} value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
      <p className="row">
        <button
          type="button"
          className="danger"
          disabled={typed !== ask.name}
          onClick={() => {
            close();
            onAgreed();
          }}
        >
          {label}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </p>
    </dialog>
  );
}
