import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { Panel, Time } from "../../ui/page";
import { filterText, NO_FILTERS } from "./filters";
import { idForms } from "./ids";

type Found = Schema["push.Event"];

const PAGE = 50;

/** What was caused by an event, of whichever API, and the event that caused it: each names its cause. */
export function Related({ id }: { id: string }) {
  const cause = useQuery({ queryKey: ["cause", id], queryFn: ({ signal }) => causeOf(id, signal) }).data;
  const caused = useCaused(id).data ?? [];
  if (!cause && caused.length === 0) return null;
  return (
    <Panel title="Cause and effects">
      {cause && (
        <p>
          Caused by <Link to={`/events/${encodeURIComponent(cause)}`}>{cause}</Link>
        </p>
      )}
      {caused.length > 0 && <Effects of={caused} />}
    </Panel>
  );
}

function useCaused(id: string) {
  return useQuery({ queryKey: ["caused", id], queryFn: ({ signal }) => causedBy(id, signal) });
}

function Effects({ of }: { of: readonly Found[] }) {
  return (
    <ul className="tree" aria-label="Effects">
      {of.map((one) => (
        <Effect key={one.id} of={one} />
      ))}
      {of.length >= PAGE && <li className="soft">There may be more.</li>}
    </ul>
  );
}

function Effect({ of }: { of: Found }) {
  const [isOpen, setIsOpen] = useState(false);
  const id = of.id ?? "";
  return (
    <li>
      <span className="row">
        <Time at={of.auditInfo?.createDate} />
        <Link to={`/events/${encodeURIComponent(id)}`}>{of.topic}</Link>
        <span>{of.entityId}</span>
        <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          What followed
        </button>
      </span>
      {isOpen && <Deeper id={id} />}
    </li>
  );
}

function Deeper({ id }: { id: string }) {
  const found = useCaused(id);
  if (!found.data) return null;
  return found.data.length > 0 ? <Effects of={found.data} /> : <p className="soft">Nothing.</p>;
}

async function causeOf(id: string, signal: AbortSignal): Promise<string> {
  const path = "/api/event/pull/{event_id}";
  const own = (await answered(api.GET(path, { params: { path: { event_id: id } }, signal }))) as Found;
  const cause = own.correlationId ?? "";
  if (!cause) return "";
  // A request's id stands there too, which is no event's.
  const asked = await api.GET(path, { params: { path: { event_id: cause } }, signal });
  return asked.response.ok ? cause : "";
}

async function causedBy(id: string, signal: AbortSignal): Promise<Found[]> {
  const pages = idForms(id).map(async (form) => {
    const filter = filterText({ ...NO_FILTERS, correlation: form });
    const params = { query: { filter, pageSize: PAGE } };
    const found = (await answered(api.GET("/api/event/pull", { params, signal }))) as Schema["push.EventCollection"];
    return found.items ?? [];
  });
  return (await Promise.all(pages)).flat().reverse();
}
