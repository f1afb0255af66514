import { cloneElement, type FormEvent, type ReactElement, useId } from "react";

interface FieldProps {
  label: string;
  hint?: string;
  fault?: string | undefined;
  children: ReactElement<Record<string, unknown>>;
}

/** A labelled control, with its hint and what is wrong with it read out too. */
export function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId();
  const about = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(" ") || undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {cloneElement(children, { id, "aria-describedby": about, "aria-invalid": fault ? true : undefined })}
      {hint && (
        <div className="hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {fault && (
        <div className="fault" id={`${id}-fault`}>
          {fault}
        </div>
      )}
    </div>
  );
}

export function Check({ label, name, checked }: { label: string; name: string; checked?: boolean }) {
  return (
    <label className="inline">
      <input type="checkbox" name={name} defaultChecked={checked} />
      {label}
    </label>
  );
}

/** A form's texts by their names, without spaces around them; nothing is sent by the browser itself. */
export function texts(event: FormEvent<HTMLFormElement>): Record<string, string> {
  event.preventDefault();
  const found: Record<string, string> = {};
  for (const [name, value] of new FormData(event.currentTarget)) {
    if (typeof value === "string") found[name] = value.trim();
  }
  return found;
}
