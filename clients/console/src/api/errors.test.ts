import { describe, expect, it } from "vitest";
import { apiError } from "./errors";

describe("apiError", () => {
  it("reads the problem of the collector and the administration, with its fields", () => {
    const body = {
      title: "Bad Request",
      detail: "entityType: is required",
      requestId: "r1",
      fieldErrors: [{ objectName: "subscription", field: "entityType", message: "is required" }],
    };
    const error = apiError(body, 400, "header");
    expect([error.message, error.requestId, error.of("entityType")]).toEqual([
      "entityType: is required",
      "r1",
      "is required",
    ]);
  });

  it("reads the push API's items and the request id among its additional data", () => {
    const item = { message: "topics: 1 to 100", applicationErrorData: [{ name: "field", value: "topics" }] };
    const body = {
      message: "topics: 1 to 100",
      items: [item],
      additionalErrorData: [{ name: "requestId", value: "r2" }],
    };
    const error = apiError(body, 400, null);
    expect([error.message, error.requestId, error.of("topics")]).toEqual(["topics: 1 to 100", "r2", "1 to 100"]);
  });

  it("reads the lists of workflows, loyalty's parameters, scheduling and OAuth", () => {
    expect(apiError({ errors: [{ code: "404", message: "Cannot find it" }], requestId: "r" }, 404, null).message).toBe(
      "Cannot find it",
    );
    expect(
      apiError({ message: "Invalid", errors: [{ param: "name", message: "too long" }] }, 400, null).of("name"),
    ).toBe("too long");
    expect(apiError({ errorMessage: "No", errorField: "trigger.cron" }, 400, null).of("trigger.cron")).toBe("No");
    expect(apiError({ error: "invalid_client", error_description: "Wrong secret." }, 401, null).message).toBe(
      "Wrong secret.",
    );
  });

  it("has a text of its own where a proxy answered something else", () => {
    const error = apiError(undefined, 502, "h");
    expect([error.message, error.requestId]).toEqual(["The server answered 502.", "h"]);
  });
});
