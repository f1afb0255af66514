import { Field } from "../../ui/form";

/** Where a compiler found a fault in a text: `does not compile: 1:6: undefined field` is line 1, column 6. */
export function place(message: string): { line: number; column: number } | undefined {
  const found = /(?:^|\s)(\d+):(\d+): /.exec(message);
  return found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
}

/** The line of a text with a mark under the character that is at fault. */
export function marked(text: string, message: string): string {
  const at = place(message);
  const line = at && text.split("\n")[at.line - 1];
  if (!at || line === undefined) return "";
  return `${line}\n${" ".repeat(Math.min(at.column - 1, line.length))}^`;
}

interface Props {
  value: string | undefined;
  fault: string | undefined;
  typed: string;
}

/** A condition in CEL, with what the server says of it. */
export function ConditionField({ value, fault, typed }: Props) {
  const mark = fault ? marked(typed, fault) : "";
  return (
    <>
      <Field label="Condition" hint="CEL on the event; empty: every event of the topics." fault={fault}>
        <textarea name="condition" rows={3} defaultValue={value} spellCheck={false} />
      </Field>
      {mark && <pre aria-hidden="true">{mark}</pre>}
    </>
  );
}
