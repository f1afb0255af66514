import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import type { Status } from "../gen/google/rpc/status_pb.js";

/** What went wrong. `AlreadyExists`: the id is taken by something else. `WrongState`: right form, but not now. */
export type Kind =
  | "InvalidInput"
  | "Unauthenticated"
  | "PermissionDenied"
  | "NotFound"
  | "AlreadyExists"
  | "WrongState"
  | "Aborted"
  | "LimitExceeded"
  | "Unavailable"
  | "DeadlineExceeded"
  | "Internal";

const KINDS: Partial<Record<Code, Kind>> = {
  [Code.InvalidArgument]: "InvalidInput",
  [Code.OutOfRange]: "InvalidInput",
  [Code.Unauthenticated]: "Unauthenticated",
  [Code.PermissionDenied]: "PermissionDenied",
  [Code.NotFound]: "NotFound",
  [Code.AlreadyExists]: "AlreadyExists",
  [Code.FailedPrecondition]: "WrongState",
  [Code.Aborted]: "Aborted",
  [Code.ResourceExhausted]: "LimitExceeded",
  [Code.Unavailable]: "Unavailable",
  [Code.DeadlineExceeded]: "DeadlineExceeded",
};

/** An invalid field: its path in the message, and the rule that it violates. */
export interface Violation {
  readonly field: string;
  readonly rule: string;
}

/**
 * A failed call. `reason` is the server's machine-readable reason, empty where the network failed; `retryAfterS` is when
 * to try again, where the server says so; `requestId` is what to search the server's log for.
 */
export class TidingsError extends Error {
  override readonly name = "TidingsError";
  readonly kind: Kind;
  readonly reason: string;
  readonly requestId: string;
  readonly retryAfterS: number | undefined;
  readonly violations: readonly Violation[];

  constructor(cause: ConnectError) {
    super(cause.rawMessage, { cause });
    this.kind = KINDS[cause.code] ?? "Internal";
    this.reason = cause.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
    this.requestId = cause.findDetails(RequestInfoSchema)[0]?.requestId ?? "";
    const delay = cause.findDetails(RetryInfoSchema)[0]?.retryDelay;
    this.retryAfterS = delay ? Number(delay.seconds) + delay.nanos / 1e9 : undefined;
    const broken = cause.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations);
    this.violations = broken.map(({ field, description }) => ({ field, rule: description }));
  }
}

/** The typed error of whatever a transport throws. */
export function typed(error: unknown): TidingsError {
  return error instanceof TidingsError ? error : new TidingsError(ConnectError.from(error));
}

/** The typed error of one part of a call, such as an event of a stream. */
export function typedStatus(status: Status | undefined): TidingsError {
  const error = new ConnectError(status?.message ?? "", status?.code || Code.Internal);
  error.details = (status?.details ?? []).map(({ typeUrl, value }) => ({ type: typeUrl.replace(/^.*\//, ""), value }));
  return new TidingsError(error);
}

/** An error of the client's own. */
export function errorOf(message: string, code: Code, reason = ""): TidingsError {
  const info = { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason }) };
  return new TidingsError(new ConnectError(message, code, undefined, reason ? [info] : undefined));
}
