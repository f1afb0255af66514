import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { answered, api } from "../../api/client";
import { ApiError } from "../../api/errors";
import { ErrorBox } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Panel } from "../../ui/page";

interface Given {
  accessKey: string;
  accessSecret: string;
}

/** Replacing a queue's AWS keys, which AWS makes: the new ones are put in, and a test is sent with them. */
export function Keys({ id }: { id: string }) {
  const queries = useQueryClient();
  const params = { path: { id } };
  const rotate = useMutation({
    mutationFn: async (body: Given) => {
      await answered(api.POST("/api/v1/event-subscription/{id}/rotate-keys", { params, body }));
      return await answered(api.POST("/api/v1/event-subscription/{id}/test", { params }));
    },
    onSettled: () =>
      Promise.all(["queue-subscriptions", "deliveries"].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
  const fault = rotate.error instanceof ApiError ? rotate.error : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const { accessKey = "", accessSecret = "" } = texts(event);
    rotate.mutate({ accessKey, accessSecret });
  };
  return (
    <Panel title="Rotate the keys">
      <form className="filters" aria-label="New keys" onSubmit={submit} noValidate>
        <Field label="New access key" hint="AWS makes it." fault={fault?.of("accessKey")}>
          <input name="accessKey" autoComplete="off" />
        </Field>
        <Field label="New access secret" fault={fault?.of("accessSecret")}>
          <input name="accessSecret" type="password" autoComplete="off" />
        </Field>
        <button type="submit" disabled={rotate.isPending}>
          Rotate
        </button>
      </form>
      {rotate.isError && <ErrorBox error={rotate.error} />}
      <p role="status">
        {rotate.isSuccess && `They are in use. A test goes out with them, as delivery ${rotate.data.deliveryId}.`}
      </p>
    </Panel>
  );
}
