import { expect, it } from "vitest";
import { sentence } from "./sentence";

it("says who did what, to what, and from where", () => {
  const record = {
    actor: "ada",
    action: "/tidings.admin.v1.TenantService/CreateClient",
    resource: "42",
    fields: ["tenantId"],
    peer: "127.0.0.1",
  };
  expect(sentence(record)).toBe("ada created client 42 (tenantId) from 127.0.0.1");
  expect(sentence({ actor: "bo", action: "/x/PutWorkflow", resource: "ORDER::HD" })).toBe("bo put workflow ORDER::HD");
});
