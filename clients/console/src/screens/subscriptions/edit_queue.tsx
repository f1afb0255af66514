import { useParams } from "react-router";
import { answered, api, type Schema } from "../../api/client";
import { ErrorBox, Result } from "../../ui/feedback";
import { Check, Field } from "../../ui/form";
import { Page } from "../../ui/page";
import { ConditionField } from "./condition";
import { type Queue, useQueue } from "./names";
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

/** What the server shows in place of a secret; sent back it keeps the one that is stored. */
const MASK = "********";

export default function EditQueue() {
  const { id } = useParams();
  return id ? <Existing id={id} /> : <Form />;
}

function Existing({ id }: { id: string }) {
  return (
    <Result title="Edit queue" of={useQueue(id)}>
      {(found) => <Form of={found} />}
    </Result>
  );
}

function Form({ of }: { of?: Queue }) {
  const { save, fault, submit } = useSaving("queue", (form) => saved(form, of));
  const keys = of?.destination?.sns ?? of?.destination?.sqs;
  const faultOf = (field: string) => fault?.of(`destination.sqs.${field}`) ?? fault?.of(`destination.sns.${field}`);
  return (
    <Page title={of ? "Edit queue" : "New queue"}>
      <form className="panel stack" onSubmit={submit} aria-label="Queue" noValidate>
        <Field label="Entity" fault={fault?.of("entityType")}>
          <select name="entityType" defaultValue={of?.entityType}>
            {ENTITIES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </Field>
        <div className="row">
          <Check name="create" label="Created" checked={of?.subscribeCreate ?? true} />
          <Check name="change" label="Changed" checked={of?.subscribeChange ?? true} />
          <Check name="delete" label="Deleted" checked={of?.subscribeDelete ?? true} />
        </div>
        <Field label="Queue URL (SQS) or topic ARN (SNS)" fault={faultOf("queueUrl") ?? faultOf("topicArn")}>
          <input
            name="target"
            defaultValue={targetOf(of)}
            placeholder="https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
          />
        </Field>
        <Field label="Region" fault={faultOf("region")}>
          <input name="region" defaultValue={keys?.region} placeholder="eu-west-1" />
        </Field>
        <Field label="Access key" fault={faultOf("accessKey")}>
          <input name="accessKey" defaultValue={keys?.accessKey} autoComplete="off" />
        </Field>
        <Field
          label="Access secret"
          hint={of ? "Empty: the one that is stored stays." : undefined}
          fault={faultOf("accessSecret")}
        >
          <input name="accessSecret" type="password" autoComplete="off" />
        </Field>
        <ConditionField value={of?.condition} fault={fault?.of("condition")} />
        <Check name="ordered" label="The events of an entity one after another" checked={of?.ordered ?? false} />
        {save.isError && <ErrorBox error={save.error} />}
        <button type="submit" className="main" disabled={save.isPending}>
          Save
        </button>
      </form>
    </Page>
  );
}

/** Where a queue's events go: the URL of an SQS queue, or the ARN of an SNS topic. */
export function targetOf(of: Queue | undefined): string {
  return of?.destination?.sns?.topicArn || of?.destination?.sqs?.queueUrl || "";
}

function saved(form: Record<string, string>, of: Queue | undefined): Promise<Queue> {
  if (!of) return answered(api.POST("/api/v1/event-subscription", { body: inputOf(form) }));
  const { maxConcurrency, maxPerSecond, orderedMaxWait } = of;
  const kept = { id: of.id ?? "", active: of.active, maxConcurrency, maxPerSecond, orderedMaxWait };
  const body = { ...kept, ...inputOf(form, MASK) };
  return answered(api.PUT("/api/v1/event-subscription", { body: body as never }));
}

/** Sets a queue active again, as it is otherwise. */
export function activated(of: Queue): Promise<Queue> {
  const body = { ...of, active: true } as never;
  return answered(api.PUT("/api/v1/event-subscription", { body }));
}

function inputOf(form: Record<string, string>, storedSecret?: string): Input {
  const { target = "", region, accessKey } = form;
  const keys = { region, accessKey, accessSecret: form.accessSecret || storedSecret };
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
    ordered: form.ordered === "on",
    destination,
  } as Input;
}
