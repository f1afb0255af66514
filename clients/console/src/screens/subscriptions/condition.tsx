import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useState } from "react";
import { answered, api } from "../../api/client";
import { Field } from "../../ui/form";
import { type Fault, marked } from "./marked";

const PAUSE_MS = 300;
/** What the server says of a condition, asked a moment after it was typed. */
function useFaults(condition: string): readonly Fault[] | undefined {
  const [settled, setSettled] = useState(condition);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(condition), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [condition]);
  const asked = useQuery({
    queryKey: ["condition", settled],
    enabled: settled.trim() !== "",
    queryFn: ({ signal }) => answered(api.POST("/api/v1/conditions/check", { body: { condition: settled }, signal })),
  });
  return settled === condition && settled.trim() !== "" ? asked.data?.faults : undefined;
}

interface Props {
  value: string | undefined;
  /** What the server said when it was saved. */
  fault: string | undefined;
}

/** A condition in CEL, checked as it is typed. */
export function ConditionField({ value, fault }: Props) {
  const [typed, setTyped] = useState(value ?? "");
  const faults = useDeferredValue(useFaults(typed));
  const found = faults?.[0];
  const mark = found ? marked(typed, found) : "";
  const said = found ? place(found) + found.message : faults === undefined ? fault : undefined;
  return (
    <>
      <Field label="Condition" hint="CEL on the event; empty: every event of the topics." fault={said}>
        <textarea
          name="condition"
          rows={3}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          spellCheck={false}
        />
      </Field>
      {mark && (
        <pre aria-hidden="true" className="marked">
          {mark}
        </pre>
      )}
      <p role="status" className="small good-text">
        {faults?.length === 0 && "This condition is good."}
      </p>
    </>
  );
}

function place({ line, column }: Fault): string {
  return line === undefined ? "" : `Line ${line}, character ${column}: `;
}
