/** A text in lines as it stands, which scrolls when it is long: by the keyboard too. */
export function Block({ children }: { children: string | undefined }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
  return <pre tabIndex={0}>{children}</pre>;
}
