import type { Schema } from "../../api/client";

export interface Edge {
  from: string;
  to: string;
  label: string;
}

/** The state before an entity is there. */
export const START = "(new)";

/** The states of a workflow's own entity and the moves between them: a ruleset's triggers to its changes of state. */
export function graphOf(workflow: Schema["orchestration.Workflow"]): { states: string[]; edges: Edge[] } {
  const own = (workflow.rulesets ?? []).filter((ruleset) => ruleset.type === workflow.entityType);
  const edges = own.flatMap((ruleset) => {
    const targets = (ruleset.rules ?? [])
      .filter((rule) => rule.name === "ChangeState")
      .map((rule) => String(rule.props?.status ?? ""));
    return (ruleset.triggers ?? []).flatMap(({ status }) =>
      targets.map((to) => ({ from: status || START, to, label: ruleset.name ?? "" })),
    );
  });
  const states = new Set(edges.flatMap((edge) => [edge.from, edge.to]));
  for (const status of workflow.statuses ?? [])
    if (status.entityType === workflow.entityType && status.name) states.add(status.name);
  return { states: [...states], edges };
}

export interface Difference {
  name: string;
  kind: string;
  before: unknown;
  after: unknown;
}

/** Rulesets that two versions do not share, by name: only in one, or different in both. */
export function compared(one: Schema["orchestration.Workflow"], other: Schema["orchestration.Workflow"]): Difference[] {
  const rulesets = (of: typeof one) =>
    new Map((of.rulesets ?? []).map((ruleset) => [`${ruleset.type} ${ruleset.name}`, ruleset]));
  const before = rulesets(one);
  const after = rulesets(other);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .filter((name) => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name)))
    .map((name) => ({
      name,
      kind: !before.has(name) ? "added" : !after.has(name) ? "removed" : "changed",
      before: before.get(name),
      after: after.get(name),
    }));
}
