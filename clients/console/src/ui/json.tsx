import { JsonView } from "react-json-view-lite";

const STYLE = {
  container: "",
  basicChildStyle: "",
  childFieldsContainer: "",
  label: "field-name",
  clickableLabel: "field-name",
  nullValue: "none",
  undefinedValue: "none",
  stringValue: "text",
  booleanValue: "number",
  numberValue: "number",
  otherValue: "text",
  punctuation: "none",
  expandIcon: "fold closed",
  collapseIcon: "fold open",
  collapsedContent: "more",
  noQuotesForStringValues: false,
  quotesForFieldNames: false,
};

/** A JSON document that folds. */
export function Json({ value, label = "Document" }: { value: unknown; label?: string }) {
  const data = typeof value === "object" && value !== null ? value : { value };
  return (
    <section className="json" aria-label={label}>
      <JsonView data={data} style={STYLE} shouldExpandNode={(level) => level < 3} />
    </section>
  );
}
