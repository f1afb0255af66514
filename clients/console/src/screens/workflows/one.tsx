import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, lazy, Suspense, useMemo, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { useMay } from "../../app/rights";
import { Deed } from "../../ui/deed";
import { Badge, Busy, ErrorBox, Result } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Json } from "../../ui/json";
import { Page, Panel, Time } from "../../ui/page";
import { Followed } from "../events/trace";
import { compared, graphOf } from "./states";

const StateGraph = lazy(() => import("./graph"));

type Version = Schema["orchestration.Workflow"];

function useVersion(name: string, version: number | undefined) {
  return useQuery({
    queryKey: ["workflows", name, version],
    queryFn: ({ signal }) => {
      const params = { path: { name }, query: version ? { version: String(version) } : {} };
      return answered(api.GET("/api/v4.1/workflow/{name}", { params, signal }));
    },
  });
}

export default function Workflow() {
  const { name = "" } = useParams();
  const [params] = useSearchParams();
  const version = Number(params.get("version")) || undefined;
  return (
    <Result title={name} of={useVersion(name, version)}>
      {(found) => <One of={found} name={name} />}
    </Result>
  );
}

function One({ of, name }: { of: Version; name: string }) {
  const { states, edges } = useMemo(() => graphOf(of), [of]);
  return (
    <Page
      title={name}
      about={of.description}
      deeds={<Badge tone={of.isActive ? "good" : ""}>version {of.version}</Badge>}
    >
      <Panel title="States">
        <Suspense fallback={<Busy />}>
          <StateGraph states={states} edges={edges} />
        </Suspense>
      </Panel>
      <Simulation of={of} name={name} />
      <Versions of={of} name={name} />
      <Panel title="Definition">
        <Json value={of} label="Definition of the workflow" />
      </Panel>
    </Page>
  );
}

function Simulation({ of, name }: { of: Version; name: string }) {
  const run = useMutation({
    mutationFn: ({ event = "", status = "", attributes = "", retailerId = "" }: Record<string, string>) => {
      const ref = "simulated";
      const entity = { type: of.entityType ?? "", subtype: of.entitySubtype ?? "", ref, status };
      const sent = {
        name: event,
        entityType: of.entityType,
        entityRef: ref,
        entitySubtype: of.entitySubtype,
        attributes: JSON.parse(attributes || "{}"),
        ...(retailerId ? { retailerId } : {}),
      };
      const body = {
        event: sent,
        version: of.version,
        ...(status ? { entity } : {}),
      } as Schema["orchestration.Simulation"];
      return answered(api.POST("/api/v4.1/workflow/{name}/simulate", { params: { path: { name } }, body }));
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => run.mutate(texts(event));
  return (
    <Panel title="Simulate an event">
      <form className="filters" aria-label="Simulation" onSubmit={submit}>
        <Field label="Event">
          <input name="event" required defaultValue="CREATE" />
        </Field>
        <Field label="State of the entity" hint="Empty: it is new.">
          <input name="status" />
        </Field>
        <Field label="Retailer" hint="A client's calls name one.">
          <input name="retailerId" />
        </Field>
        <Field label="Attributes, as JSON">
          <input name="attributes" placeholder='{"total": 10.0}' />
        </Field>
        <button type="submit" className="main" disabled={run.isPending}>
          Simulate
        </button>
      </form>
      {run.isError && <ErrorBox error={run.error} />}
      {run.data && (
        <section aria-label="Outcome of the simulation">
          {run.data.entity && (
            <p>
              It ends in state <b>{run.data.entity.status}</b>. Nothing was stored.
            </p>
          )}
          <ul className="tree">{run.data.trace && <Followed node={run.data.trace} />}</ul>
        </section>
      )}
    </Panel>
  );
}

function Versions({ of, name }: { of: Version; name: string }) {
  const [other, setOther] = useState<number>();
  const mayWrite = useMay("rules:write");
  const found = useQuery({
    queryKey: ["workflows", name, "versions"],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/v4.1/workflow/{name}/versions", { params: { path: { name } }, signal })),
  });
  return (
    <Panel title="Versions">
      <Result of={found}>
        {({ results = [] }) =>
          results.map((one) => (
            <div className="row" key={one.version}>
              <b>{one.version}</b> <Time at={one.createdOn} /> {one.createdBy}{" "}
              {one.isActive && <Badge tone="good">active</Badge>}
              {one.version !== of.version && (
                <button type="button" onClick={() => setOther(one.version)}>
                  Compare
                </button>
              )}
              {!one.isActive && mayWrite && <Activate name={name} version={one.version ?? 0} />}
            </div>
          ))
        }
      </Result>
      {other !== undefined && <Difference of={of} name={name} other={other} />}
    </Panel>
  );
}

function Activate({ name, version }: { name: string; version: number }) {
  const path = "/api/v4.1/workflow/{name}/versions/{version}/activate";
  const run = () => answered(api.POST(path, { params: { path: { name, version: String(version) } } }));
  return (
    <Deed
      label={`Activate ${version}`}
      run={run}
      changes={["workflows"]}
      ask={{ name, warning: "Events run on this version from now on." }}
    />
  );
}

function Difference({ of, name, other }: { of: Version; name: string; other: number }) {
  return (
    <Result of={useVersion(name, other)}>
      {(found) => {
        const differences = compared(found, of);
        return (
          <section aria-label="Differences">
            <p>
              From version {other} to {of.version}: {differences.length === 0 && "the same rulesets."}
            </p>
            {differences.map((one) => (
              <details key={one.name} open={differences.length === 1}>
                <summary>
                  {one.name}: {one.kind}
                </summary>
                <div className="before-after">
                  <Json value={one.before ?? null} label={`${one.name} in version ${other}`} />
                  <Json value={one.after ?? null} label={`${one.name} in version ${of.version}`} />
                </div>
              </details>
            ))}
          </section>
        );
      }}
    </Result>
  );
}
