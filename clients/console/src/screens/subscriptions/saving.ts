import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useNavigate } from "react-router";
import { ApiError } from "../../api/errors";
import { texts } from "../../ui/form";

/** The form of a subscription: how it is sent, and the fault that came back. */
export function useSaving(kind: "push" | "queue", saved: (form: Record<string, string>) => Promise<{ id?: string }>) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const save = useMutation({
    mutationFn: saved,
    onSuccess: async (found) => {
      await queries.invalidateQueries({ queryKey: [`${kind}-subscriptions`] });
      await navigate(`/subscriptions/${kind}/${encodeURIComponent(found.id ?? "")}`);
    },
  });
  const fault = save.error instanceof ApiError ? save.error : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => save.mutate(texts(event));
  return { save, fault, submit };
}
