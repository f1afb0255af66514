"""Failures of commands: one class, its exit codes, and how it is printed.

0 done · 1 failed · 2 wrong use · 3 not found · 4 not authenticated or not allowed · 5 conflict, or another state ·
6 over a limit · 7 not reached, or no answer in time · 8 the server found the request wrong · 9 the server failed ·
10 `doctor` found something · 130 interrupted
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from tidings_client import errors

FAILED, USAGE, REFUSED, UNREACHED, WRONG, BROKEN, FOUND, INTERRUPTED = 1, 2, 4, 7, 8, 9, 10, 130
CODES: dict[type[errors.TidingsError], int] = {
    errors.NotFound: 3,
    errors.Unauthenticated: REFUSED,
    errors.PermissionDenied: REFUSED,
    errors.AlreadyExists: 5,
    errors.WrongState: 5,
    errors.Aborted: 5,
    errors.LimitExceeded: 6,
    errors.Unavailable: UNREACHED,
    errors.DeadlineExceeded: UNREACHED,
    errors.InvalidInput: WRONG,
    errors.Internal: BROKEN,
}
LOST = frozenset({UNREACHED})
"""Exit codes of what another try may mend: not reached, no answer in time."""


class CommandFailed(Exception):
    """Ends a command. `details` are added to the error where it is printed as JSON."""

    def __init__(self, message: str, *, code: int = FAILED, reason: str = "", **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason or {USAGE: "USAGE", INTERRUPTED: "INTERRUPTED"}.get(code, "FAILED")
        self.details = {name: value for name, value in details.items() if value}


def of_call(error: errors.TidingsError, option_of: Callable[[str], str] = lambda _: "") -> CommandFailed:
    """The failure of a call, with the request id to search the server's log for.

    Fields that the user set by an option are called by it: `option_of` is its name, empty where there is none.
    """
    request = f" (request {error.request_id})" if error.request_id else ""
    options = [option_of(one.field) for one in error.violations]
    told = "; ".join(
        f"{option or one.field}: {one.rule}" for option, one in zip(options, error.violations, strict=True)
    )
    return CommandFailed(
        f"{told if any(options) else error}{request}",
        code=CODES.get(type(error), FAILED),
        reason=error.reason or type(error).__name__,
        requestId=error.request_id,
        retryAfterS=error.retry_after_s,
        violations=[
            {"field": one.field, "rule": one.rule} | ({"option": option} if option else {})
            for option, one in zip(options, error.violations, strict=True)
        ],
    )


def report(failure: CommandFailed, *, is_json: bool) -> None:
    """Print a failure to standard error: a line, or a JSON object."""
    if is_json:
        body = {"reason": failure.reason, "message": str(failure), "exitCode": failure.code, **failure.details}
        print(json.dumps({"error": body}), file=sys.stderr)
    else:
        print(f"tidings: {failure}", file=sys.stderr)
