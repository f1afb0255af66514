import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { Link } from "react-router";
import { answered, api } from "../../api/client";
import { ApiError } from "../../api/errors";
import { ErrorBox } from "../../ui/feedback";
import { Field, texts } from "../../ui/form";
import { Panel } from "../../ui/page";

/** Making a tenant; its credentials are made on its own screen. */
export function NewTenant() {
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: (name: string) => answered(api.POST("/admin/v1/tenants", { body: { name } as never })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["tenants"] }),
  });
  const fault = make.error instanceof ApiError ? make.error : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => make.mutate(texts(event).name ?? "");
  return (
    <Panel title="New tenant">
      <form className="filters" aria-label="New tenant" onSubmit={submit} noValidate>
        <Field label="Name" hint="Its callers name it with each call." fault={fault?.of("name")}>
          <input name="name" autoComplete="off" />
        </Field>
        <button type="submit" disabled={make.isPending}>
          Make it
        </button>
      </form>
      {make.isError && <ErrorBox error={make.error} />}
      <p role="status">
        {make.isSuccess && (
          <>
            It is there: <Link to={`/tenants/${make.data.id}`}>{make.data.name}</Link> needs credentials next.
          </>
        )}
      </p>
    </Panel>
  );
}
