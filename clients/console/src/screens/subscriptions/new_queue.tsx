import { answered, api, type Schema } from "../../api/client";
import { ErrorBox } from "../../ui/feedback";
import { Check, Field } from "../../ui/form";
import { Page } from "../../ui/page";
import { ConditionField } from "./condition";
import { useSaving } from "./saving";

type Input = Schema["collector.EventSubscriptionInput"];

const ENTITIES = [
  "ORDER",
  "CUSTOMER",
  "PRODUCT",
  "VARIANT_PRODUCT",
  "PRICE",
  "INVENTORY_LEVEL",
  "INVENTORY_LOCATION",
  "WISHLIST",
];

export default function NewQueue() {
  const { typed, save, fault, submit } = useSaving("queue", (form) =>
    answered(api.POST("/api/v1/event-subscription", { body: inputOf(form) })),
  );
  return (
    <Page title="New queue">
      <form className="panel stack" onSubmit={submit} aria-label="Queue" noValidate>
        <Field label="Entity" fault={fault?.of("entityType")}>
          <select name="entityType">
            {ENTITIES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </Field>
        <div className="row">
          <Check name="create" label="Created" checked />
          <Check name="change" label="Changed" checked />
          <Check name="delete" label="Deleted" checked />
        </div>
        <Field
          label="Queue URL (SQS) or topic ARN (SNS)"
          fault={fault?.of("destination.sqs.queueUrl") ?? fault?.of("destination.sns.topicArn")}
        >
          <input name="target" placeholder="https://sqs.eu-west-1.amazonaws.com/123456789012/orders" />
        </Field>
        <Field label="Region">
          <input name="region" placeholder="eu-west-1" />
        </Field>
        <Field label="Access key">
          <input name="accessKey" autoComplete="off" />
        </Field>
        <Field label="Access secret">
          <input name="accessSecret" type="password" autoComplete="off" />
        </Field>
        <ConditionField value="" fault={fault?.of("condition")} typed={typed} />
        {save.isError && <ErrorBox error={save.error} />}
        <button type="submit" className="main" disabled={save.isPending}>
          Save
        </button>
      </form>
    </Page>
  );
}

function inputOf(form: Record<string, string>): Input {
  const { target = "", region, accessKey, accessSecret } = form;
  const keys = { region, accessKey, accessSecret };
  const isTopic = target.startsWith("arn:");
  const destination = isTopic
    ? { type: "SNS" as const, sns: { topicArn: target, ...keys } }
    : { type: "SQS" as const, sqs: { queueUrl: target, ...keys } };
  return {
    entityType: form.entityType as Input["entityType"],
    subscribeCreate: form.create === "on",
    subscribeChange: form.change === "on",
    subscribeDelete: form.delete === "on",
    condition: form.condition,
    destination,
  } as Input;
}
