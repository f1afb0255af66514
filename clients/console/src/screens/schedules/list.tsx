import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answered, api, type Schema } from "../../api/client";
import { useMay } from "../../app/rights";
import { signIn, useSessions } from "../../app/session";
import { Deed } from "../../ui/deed";
import { Badge, Empty, Result } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Json } from "../../ui/json";
import { Page, Panel } from "../../ui/page";
import { More, usePages } from "../../ui/paged";
import { FireTimes, Mails, Runs } from "./parts";

const FIRST_JOB = `curl -s ${window.location.origin}/api/v1/jobs -H "$AUTH" -H "$TENANT" -H "Content-Type: application/json" -d '{
  "notification": "REMINDER", "schedule": "0 7 * * *", "time_zone": "Europe/Stockholm", "is_active": true, "is_scheduled": true}'`;

export default function Schedules() {
  const { store } = useSessions();
  const jobs = useQuery({ queryKey: ["jobs"], queryFn: ({ signal }) => answered(api.GET("/api/v1/jobs", { signal })) });
  return (
    <Page title="Schedules and jobs">
      <h2>Notification jobs</h2>
      <Result of={jobs}>
        {(found) => {
          if (found.length > 0) return found.map((job) => <Job key={job.id} of={job} />);
          return (
            <Empty title="No jobs yet" paste={FIRST_JOB}>
              A job writes to customers on a schedule. The first one, with a token in $AUTH:
            </Empty>
          );
        }}
      </Result>
      <h2>Scheduled events of a store</h2>
      {store ? <Store /> : <StoreSignIn />}
    </Page>
  );
}

function Job({ of }: { of: Schema["collector.Job"] }) {
  const mayWrite = useMay("rules:write");
  const [isOpen, setIsOpen] = useState(false);
  const id = of.id ?? "";
  const params = { path: { id } };
  const toggle = () =>
    answered(api.PUT("/api/v1/jobs/active/{id}", { params: { ...params, query: { is_active: !of.is_active } } }));
  return (
    <Panel
      title={`${of.notification?.toLowerCase().replaceAll("_", " ")} ${of.schedule ?? ""}`}
      deeds={
        <>
          <Badge tone={of.is_active ? "good" : ""}>{of.is_active ? "on" : "off"}</Badge>
          {mayWrite && (
            <>
              <Deed label={of.is_active ? "Switch off" : "Switch on"} run={toggle} changes={["jobs"]} />
              <Deed
                label="Run now"
                run={() => answered(api.POST("/api/v1/jobs/{id}/run", { params }))}
                changes={["job"]}
                said={() => "It runs."}
              />
            </>
          )}
          <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            Details
          </button>
        </>
      }
    >
      <p className="soft">
        <code>{id}</code> {of.time_zone}
      </p>
      {isOpen && <JobDetails id={id} zone={of.time_zone} />}
    </Panel>
  );
}

function JobDetails({ id, zone }: { id: string; zone: string | undefined }) {
  const params = { path: { id } };
  const preview = useQuery({
    queryKey: ["job", id, "preview"],
    queryFn: ({ signal }) => answered(api.GET("/api/v1/jobs/{id}/preview", { params, signal })),
  });
  const runs = usePages(
    ["job", id, "runs"],
    (after, signal) => {
      const query = after ? { after } : {};
      return answered(api.GET("/api/v1/jobs/{id}/runs", { params: { ...params, query }, signal }));
    },
    (page) => page.runs,
  );
  return (
    <div className="stack">
      <Result of={preview}>
        {(found) => (
          <>
            <FireTimes times={found.next_runs ?? []} zone={zone} />
            <Mails mails={found.mails ?? []} />
          </>
        )}
      </Result>
      <Result of={runs}>
        {(found) => <Runs runs={found.map((run) => ({ ...run, scheduledAt: run.scheduled_at, id: String(run.id) }))} />}
      </Result>
      <More of={runs} />
    </div>
  );
}

function StoreSignIn() {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const { store = "", key = "" } = texts(event);
    signIn({ store: { store, key } });
  };
  return (
    <form className="panel stack" onSubmit={submit} aria-label="Store">
      <p>Scheduled events belong to a store, and are called with its key.</p>
      <Field label="Store">
        <input name="store" required />
      </Field>
      <Field label="Key of the store">
        <input name="key" type="password" required autoComplete="off" />
      </Field>
      <button type="submit" className="main">
        Use this key
      </button>
    </form>
  );
}

const FIRST_SCHEDULE = `curl -s ${window.location.origin}/v1/events -H "store: $STORE" -H "api_key: $KEY" -H "Content-Type: application/json" -d '{
  "triggerType": "TIME", "trigger": {"cron": "0 7 * * 1-5", "timezone": "Europe/Stockholm"},
  "actionType": "SEND_EMAIL", "action": {"to": "team@example.com", "subject": "Good morning", "body": "Up!"}}'`;

function Store() {
  const found = usePages(
    ["schedules"],
    (after, signal) => answered(api.GET("/v1/events", { params: { query: after ? { after } : {} }, signal })),
    (page) => page.events,
  );
  return (
    <Result of={found}>
      {(events) => {
        if (events.length > 0)
          return (
            <>
              {events.map((one) => (
                <Scheduled key={one.id} of={one} />
              ))}
              <More of={found} />
            </>
          );
        return (
          <Empty title="No scheduled events yet" paste={FIRST_SCHEDULE}>
            The first one, with the store in $STORE and its key in $KEY:
          </Empty>
        );
      }}
    </Result>
  );
}

function Scheduled({ of }: { of: Schema["scheduling.ScheduledEvent"] }) {
  const [isOpen, setIsOpen] = useState(false);
  const id = Number(of.id);
  const trigger = (of.trigger ?? {}) as Record<string, string>;
  const when = trigger.cron ?? trigger.every ?? trigger.at ?? trigger.topic ?? "";
  return (
    <Panel
      title={`${id}: ${of.actionType?.toLowerCase().replaceAll("_", " ")}, ${when}`}
      deeds={
        <>
          <Deed
            label="Run now"
            run={() => answered(api.POST("/v1/events/{id}/run", { params: { path: { id: id as never } } }))}
            changes={["schedule"]}
            said={() => "It runs."}
          />
          <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            Details
          </button>
        </>
      }
    >
      {isOpen ? (
        <ScheduledDetails of={of} id={id} zone={trigger.timezone} />
      ) : (
        <p className="soft">{trigger.timezone}</p>
      )}
    </Panel>
  );
}

function ScheduledDetails({
  of,
  id,
  zone,
}: {
  of: Schema["scheduling.ScheduledEvent"];
  id: number;
  zone: string | undefined;
}) {
  const params = { path: { id: id as never } };
  const preview = useQuery({
    queryKey: ["schedule", id, "preview"],
    queryFn: ({ signal }) => answered(api.GET("/v1/events/{id}/preview", { params, signal })),
  });
  const runs = usePages(
    ["schedule", id, "runs"],
    (before, signal) => {
      const query = before ? { before } : {};
      return answered(api.GET("/v1/events/{id}/runs", { params: { ...params, query }, signal }));
    },
    (page) => page.runs,
  );
  return (
    <div className="stack">
      <Json value={{ trigger: of.trigger, action: of.action }} label={`Trigger and action of ${id}`} />
      <Result of={preview}>
        {(found) => (
          <>
            <FireTimes times={found.fireTimes ?? []} zone={zone} />
            <Mails mails={found.mails ?? []} />
          </>
        )}
      </Result>
      <Result of={runs}>{(found) => <Runs runs={found.map((run) => ({ ...run, id: String(run.id) }))} />}</Result>
      <More of={runs} />
    </div>
  );
}
