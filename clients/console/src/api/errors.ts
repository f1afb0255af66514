/** One fault of one field, as any of the five APIs names it. */
export interface FieldFault {
  field: string;
  message: string;
}

/** What an API said of a call that failed; `requestId` is the id in the server's log. */
export class ApiError extends Error {
  constructor(
    override readonly message: string,
    readonly status: number,
    readonly requestId: string,
    readonly faults: readonly FieldFault[] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** The message of one field, if that is what is wrong. */
  of(field: string): string | undefined {
    return this.faults.find((fault) => fault.field === field)?.message;
  }
}

type Body = Record<string, unknown>;

/** An error of any API's body: problem+json, the lists of push, loyalty and workflows, scheduling, OAuth. */
export function apiError(body: unknown, status: number, headerId: string | null): ApiError {
  const found = isBody(body) ? body : {};
  const errors = bodies(found.errors);
  const extra = bodies(found.additionalErrorData).find((one) => one.name === "requestId")?.value;
  const message = firstText(
    found.detail,
    found.error_description,
    found.errorMessage,
    errors.map((one) => (one.param ? `${one.param}: ${one.message}` : one.message)).join("; "),
    found.message,
    found.title,
    typeof body === "string" ? body : "",
  );
  const requestId = firstText(found.requestId, extra, headerId);
  return new ApiError(message || `The server answered ${status}.`, status, requestId, faults(found, errors));
}

function faults(found: Body, errors: Body[]): FieldFault[] {
  const problem = bodies(found.fieldErrors).map((one) => fault(one.field, one.message));
  const loyalty = errors.filter((one) => one.param).map((one) => fault(one.param, one.message));
  const push = bodies(found.items).map((one) => {
    const field = firstText(bodies(one.applicationErrorData).find((data) => data.name === "field")?.value);
    return fault(field, firstText(one.message).replace(`${field}: `, ""));
  });
  const scheduling = found.errorField ? [fault(found.errorField, found.errorMessage)] : [];
  return [...problem, ...loyalty, ...push, ...scheduling].filter((one) => one.field);
}

function fault(field: unknown, message: unknown): FieldFault {
  return { field: firstText(field), message: firstText(message) };
}

function firstText(...values: unknown[]): string {
  return (values.find((value) => typeof value === "string" && value !== "") as string | undefined) ?? "";
}

function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bodies(value: unknown): Body[] {
  return Array.isArray(value) ? value.filter(isBody) : [];
}
