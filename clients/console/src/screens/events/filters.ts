/** What is searched for, as the address bar says it. */
export interface EventFilters {
  topic: string;
  entity: string;
  correlation: string;
  id: string;
  by: string;
  from: string;
  to: string;
}

export const NAMES: readonly (keyof EventFilters)[] = ["topic", "entity", "correlation", "id", "by", "from", "to"];

export const NO_FILTERS: EventFilters = { topic: "", entity: "", correlation: "", id: "", by: "", from: "", to: "" };

export function filtersOf(params: URLSearchParams): EventFilters {
  const found = Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? ""]));
  return found as unknown as EventFilters;
}

export function paramsOf(form: Record<string, string>): URLSearchParams {
  const given = NAMES.filter((name) => form[name]).map((name) => [name, form[name] ?? ""]);
  return new URLSearchParams(given);
}

/** The listing's `filter`: `topic sw 'order.' and entityId eq '1'`. Empty: everything. */
export function filterText(filters: EventFilters): string {
  const { topic, entity, correlation, id, by, from, to } = filters;
  const terms = [
    topic && topic !== "*" ? topicTerm(topic) : "",
    entity ? `entityId eq ${quoted(entity)}` : "",
    correlation ? `correlationId eq ${quoted(correlation)}` : "",
    id ? `id eq ${quoted(id)}` : "",
    by ? `createBy eq ${quoted(by)}` : "",
    from ? `createDate ge ${instant(from)}` : "",
    to ? `createDate le ${instant(to)}` : "",
  ];
  return terms.filter(Boolean).join(" and ");
}

function topicTerm(topic: string): string {
  return topic.endsWith("*") ? `topic sw ${quoted(topic.slice(0, -1))}` : `topic eq ${quoted(topic)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An instant of a field of local time, in UTC; anything else as it is, for the API to refuse. */
function instant(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? quoted(text) : date.toISOString();
}
