/** A fault of a condition; without a place it is the whole condition's. */
export interface Fault {
  message?: string;
  line?: number;
  column?: number;
}

const TAB = 4;

/** The line of a text with a mark under the character at which the fault is; columns count code points. */
export function marked(text: string, fault: Fault): string {
  const line = fault.line === undefined ? undefined : text.split("\n")[fault.line - 1];
  if (line === undefined || fault.column === undefined) return "";
  const before = Array.from(line)
    .slice(0, fault.column - 1)
    .join("");
  return `${tabless(line)}\n${" ".repeat(width(tabless(before)))}^`;
}

function tabless(text: string): string {
  return text.replaceAll("\t", " ".repeat(TAB));
}

/** Columns of a monospaced font: two for what is wide in it. */
function width(text: string): number {
  return Array.from(text).reduce((all, one) => all + (/[\u1100-\uffff]|[\u{1f000}-\u{3ffff}]/u.test(one) ? 2 : 1), 0);
}
