import { useQuery } from "@tanstack/react-query";
import { answered, api, type Schema } from "../../api/client";
import { ApiError } from "../../api/errors";
import { Result } from "../../ui/feedback";
import { Json } from "../../ui/json";
import { Panel } from "../../ui/page";

/** An event that is not the collector's: the workflow API's own document, or what every API's event has. */
export function ForeignBody({ id }: { id: string }) {
  const found = useQuery({ queryKey: ["foreign-event", id], queryFn: ({ signal }) => foreign(id, signal) });
  return (
    <Panel title="Body">
      <Result of={found}>{(body) => <Json value={body} label="Body of the event" />}</Result>
    </Panel>
  );
}

async function foreign(id: string, signal: AbortSignal): Promise<unknown> {
  const params = { path: { event_id: id } };
  try {
    return await answered(api.GET("/api/v4.1/event/{event_id}", { params, signal }));
  } catch (error) {
    if (!(error instanceof ApiError && [400, 403, 404].includes(error.status))) throw error;
  }
  return (await answered(api.GET("/api/event/pull/{event_id}", { params, signal }))) as Schema["push.Event"];
}
