package tidings

import (
	"errors"
	"io"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Kind is what went wrong; errors.Is(err, tidings.NotFound) asks for it.
type Kind string

// The kinds of errors.
const (
	InvalidInput     Kind = "InvalidInput"     // the request is wrong; Violations say where
	Unauthenticated  Kind = "Unauthenticated"  // no credential, or a bad one
	PermissionDenied Kind = "PermissionDenied" // a good credential that may not do this
	NotFound         Kind = "NotFound"         // unknown, or another tenant's
	AlreadyExists    Kind = "AlreadyExists"    // the id is taken by something else
	WrongState       Kind = "WrongState"       // right form, but not now
	Aborted          Kind = "Aborted"          // somebody changed it first; read again and retry
	LimitExceeded    Kind = "LimitExceeded"    // over a limit; RetryAfter says when again
	Unavailable      Kind = "Unavailable"      // not reached, or it cannot serve now; the retries did not help
	DeadlineExceeded Kind = "DeadlineExceeded" // no answer in time; it may have had its effect
	Internal         Kind = "Internal"         // the server's fault; name the RequestID when you report it
)

func (k Kind) Error() string { return string(k) }

var kinds = map[codes.Code]Kind{
	codes.InvalidArgument:    InvalidInput,
	codes.OutOfRange:         InvalidInput,
	codes.Unauthenticated:    Unauthenticated,
	codes.PermissionDenied:   PermissionDenied,
	codes.NotFound:           NotFound,
	codes.AlreadyExists:      AlreadyExists,
	codes.FailedPrecondition: WrongState,
	codes.Aborted:            Aborted,
	codes.ResourceExhausted:  LimitExceeded,
	codes.Unavailable:        Unavailable,
	codes.DeadlineExceeded:   DeadlineExceeded,
}

// Violation is an invalid field: its path in the message, and the rule that it violates.
type Violation struct{ Field, Rule string }

// Error is a failed call. Reason is the server's machine-readable reason, empty where the network failed. RetryAfter is 0
// where the server names no time.
type Error struct {
	Kind       Kind
	Message    string
	Reason     string
	RequestID  string
	RetryAfter time.Duration
	Violations []Violation
	status     *status.Status
}

func (e *Error) Error() string { return string(e.Kind) + ": " + e.Message }

// Is reports whether target is this error's kind.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && kind == e.Kind
}

// GRPCStatus is the status as it came, so that status.FromError works too.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// typed is the *Error of a failed call, with its google.rpc details; nil and the end of a stream stay what they are.
func typed(err error) error {
	var already *Error
	if err == nil || errors.Is(err, io.EOF) || errors.As(err, &already) {
		return err
	}
	told := status.Convert(err)
	if ctx := status.FromContextError(err); ctx.Code() != codes.Unknown {
		told = ctx
	}
	kind, known := kinds[told.Code()]
	if !known {
		kind = Internal
	}
	made := &Error{Kind: kind, Message: told.Message(), status: told}
	for _, detail := range told.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			made.Reason = detail.GetReason()
		case *errdetails.RequestInfo:
			made.RequestID = detail.GetRequestId()
		case *errdetails.RetryInfo:
			made.RetryAfter = detail.GetRetryDelay().AsDuration()
		case *errdetails.BadRequest:
			for _, broken := range detail.GetFieldViolations() {
				made.Violations = append(made.Violations, Violation{broken.GetField(), broken.GetDescription()})
			}
		}
	}
	return made
}
