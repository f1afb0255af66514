import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { ErrorBox, Result } from "../../ui/feedback";
import { Check, Field } from "../../ui/form";
import { Page } from "../../ui/page";
import { ConditionField } from "./condition";
import type { Push } from "./names";
import { useSaving } from "./saving";

type Input = Schema["push.SubscriptionInput"];

/** How often an endpoint that is being pinged is looked at. */
const PING_MS = 2_000;

export default function EditPush() {
  const { id } = useParams();
  return id ? <Existing id={id} /> : <Form of={{ topics: [], isActive: true, subscribingTenants: [] }} />;
}

export function usePushOne(id: string) {
  return useQuery({
    queryKey: ["push-subscriptions", id],
    queryFn: async ({ signal }) =>
      (await answered(api.GET("/api/event/push/subscriptions/{id}", { params: { path: { id } }, signal }))) as Push,
    refetchInterval: (query) => (query.state.data?.confirmed === false ? PING_MS : false),
  });
}

function Existing({ id }: { id: string }) {
  return (
    <Result title="Edit webhook" of={usePushOne(id)}>
      {(found) => <Form of={found} />}
    </Result>
  );
}

/** The fields of a subscription that a caller sets, without its secret, which stays as it is. */
function inputOf(found: Push): Input {
  const { endpoint, topics, condition, contentType, isActive, maxConcurrency, maxPerSecond, noCallback, ordered } =
    found;
  const all = { endpoint, topics, condition, contentType, isActive, maxConcurrency, maxPerSecond, noCallback, ordered };
  const more = { orderedMaxWait: found.orderedMaxWait, appId: found.appId };
  return { ...all, ...more } as Input;
}

function Form({ of }: { of: Push }) {
  const { save, fault, submit } = useSaving("push", (form) => saved(of, form));
  return (
    <Page title={of.id ? "Edit webhook" : "New webhook"}>
      <form className="panel stack" onSubmit={submit} noValidate aria-label="Webhook">
        <Field
          label="Endpoint"
          hint="It is pinged, and gets nothing else before it has answered 2xx."
          fault={fault?.of("endpoint")}
        >
          <input name="endpoint" type="url" defaultValue={of.endpoint} placeholder="https://example.com/hook" />
        </Field>
        <Field label="Topics" hint="Separated by commas: order.created, order.*, *" fault={fault?.of("topics")}>
          <input name="topics" defaultValue={of.topics?.join(", ")} />
        </Field>
        <ConditionField value={of.condition} fault={fault?.of("condition")} />
        <Field label="Most a second" hint="Empty: no bound." fault={fault?.of("maxPerSecond")}>
          <input name="maxPerSecond" type="number" min="1" defaultValue={of.maxPerSecond} />
        </Field>
        <Field
          label="Application"
          hint="Whose webhook it is: a portal link may be narrowed to it. Empty: nobody's."
          fault={fault?.of("appId")}
        >
          <input name="appId" defaultValue={of.appId} maxLength={255} />
        </Field>
        <Check name="ordered" label="In the order of the log, one after another" checked={of.ordered ?? false} />
        {save.isError && <ErrorBox error={save.error} />}
        <button type="submit" className="main" disabled={save.isPending}>
          Save
        </button>
      </form>
    </Page>
  );
}

function saved(of: Push, form: Record<string, string>): Promise<Push> {
  const body = {
    ...(of.id ? inputOf(of) : {}),
    endpoint: form.endpoint ?? "",
    topics: (form.topics ?? "").split(/[\s,]+/).filter(Boolean),
    condition: form.condition,
    appId: form.appId,
    ordered: form.ordered === "on",
    maxPerSecond: form.maxPerSecond ? Number(form.maxPerSecond) : undefined,
  } as Input;
  if (!of.id) return answered(api.POST("/api/event/push/subscriptions", { body }));
  return answered(api.PUT("/api/event/push/subscriptions/{id}", { params: { path: { id: of.id } }, body }));
}
