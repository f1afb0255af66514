import { type ReactNode, useEffect, useId } from "react";

/** One screen: its heading, which is the window's title too, and what can be done on it. */
export function Page({ title, about, deeds, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Tidings`;
  }, [title]);
  return (
    <>
      <header className="head">
        <div>
          <h1>{title}</h1>
          {about && <div className="soft">{about}</div>}
        </div>
        {deeds && <div className="row">{deeds}</div>}
      </header>
      <div className="stack">{children}</div>
    </>
  );
}

interface Props {
  title: string;
  about?: ReactNode;
  deeds?: ReactNode;
  children: ReactNode;
}

export function Panel({ title, children, deeds }: { title?: string; children: ReactNode; deeds?: ReactNode }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls, and a section with a name is a landmark
    <div role="group" className="panel" aria-labelledby={title ? id : undefined}>
      {title && (
        <div className="head">
          <h2 id={id}>{title}</h2>
          {deeds && <div className="row">{deeds}</div>}
        </div>
      )}
      {children}
    </div>
  );
}

/** Facts as a list of names and values; those without a value are left out. */
export function Facts({ of }: { of: Record<string, ReactNode> }) {
  const shown = Object.entries(of).filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return (
    <dl className="facts">
      {shown.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** An instant in the reader's own time zone; the exact one as its title. */
export function Time({ at }: { at: string | undefined }) {
  if (!at) return null;
  const date = new Date(at);
  const shown = Number.isNaN(date.getTime()) ? at : date.toLocaleString(undefined, FORMAT);
  return (
    <time dateTime={at} title={at}>
      {shown}
    </time>
  );
}

const FORMAT: Intl.DateTimeFormatOptions = { dateStyle: "short", timeStyle: "medium" };
