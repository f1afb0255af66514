package dev.tidings.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A failed call, with the details that the server gave.
 *
 * <p>Generated stubs throw {@link StatusRuntimeException}, whose cause this is; {@link #call} throws it itself.
 */
public final class TidingsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What went wrong. */
  public enum Kind {
    /** The request is wrong; the violations say where. */
    InvalidInput,
    /** No credential, or a bad one. */
    Unauthenticated,
    /** A good credential that may not do this. */
    PermissionDenied,
    /** Unknown, or another tenant's. */
    NotFound,
    /** The id is taken by something else. */
    AlreadyExists,
    /** Right form, but not now. */
    WrongState,
    /** Somebody changed it first; read again and retry. */
    Aborted,
    /** Over a limit; {@link #retryAfter} says when again. */
    LimitExceeded,
    /** Not reached, or it cannot serve now; the retries did not help. */
    Unavailable,
    /** No answer in time; it may have had its effect. */
    DeadlineExceeded,
    /** The server's fault; name the request id when you report it. */
    Internal
  }

  /** An invalid field: its path in the message, and the rule that it violates. */
  public record Violation(String field, String rule) {}

  private final Kind kind;
  private final String reason;
  private final String requestId;
  private final transient Optional<Duration> retryAfter;
  private final transient List<Violation> violations;

  private TidingsException(Status status, Details details) {
    super(status.getDescription() == null ? status.getCode().name() : status.getDescription());
    kind = kindOf(status.getCode());
    reason = details.reason;
    requestId = details.requestId;
    retryAfter = details.retryAfter;
    violations = List.copyOf(details.violations);
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** The server's machine-readable reason; empty where the network failed. */
  public String reason() {
    return reason;
  }

  /** The id to search the server's log for. */
  public String requestId() {
    return requestId;
  }

  /** When to try again, where the server says so. */
  public Optional<Duration> retryAfter() {
    return retryAfter;
  }

  /** The invalid fields. */
  public List<Violation> violations() {
    return violations;
  }

  /** The result of a call of generated stubs, whose failure is thrown as this exception. */
  public static <T> T call(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException error) {
      throw of(error);
    }
  }

  /** The typed exception of a failed call. */
  public static TidingsException of(StatusRuntimeException error) {
    return error.getCause() instanceof TidingsException typed ? typed : of(error.getStatus(), error.getTrailers());
  }

  static TidingsException of(Status status, Metadata trailers) {
    Details details = new Details();
    if (trailers != null) {
      com.google.rpc.Status told = StatusProto.fromStatusAndTrailers(status, trailers);
      told.getDetailsList().forEach(details::take);
    }
    return new TidingsException(status, details);
  }

  /** The typed exception of one part of a call, such as an event of a stream. */
  static TidingsException of(com.google.rpc.Status told) {
    Details details = new Details();
    told.getDetailsList().forEach(details::take);
    return new TidingsException(Status.fromCodeValue(told.getCode()).withDescription(told.getMessage()), details);
  }

  /** An exception of the client's own. */
  static TidingsException of(Status status, String reason) {
    Details details = new Details();
    details.reason = reason;
    return new TidingsException(status, details);
  }

  private static Kind kindOf(Status.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> Kind.InvalidInput;
      case UNAUTHENTICATED -> Kind.Unauthenticated;
      case PERMISSION_DENIED -> Kind.PermissionDenied;
      case NOT_FOUND -> Kind.NotFound;
      case ALREADY_EXISTS -> Kind.AlreadyExists;
      case FAILED_PRECONDITION -> Kind.WrongState;
      case ABORTED -> Kind.Aborted;
      case RESOURCE_EXHAUSTED -> Kind.LimitExceeded;
      case UNAVAILABLE -> Kind.Unavailable;
      case DEADLINE_EXCEEDED -> Kind.DeadlineExceeded;
      default -> Kind.Internal;
    };
  }

  private static final class Details {
    private String reason = "";
    private String requestId = "";
    private Optional<Duration> retryAfter = Optional.empty();
    private final List<Violation> violations = new ArrayList<>();

    private void take(Any detail) {
      try {
        if (detail.is(ErrorInfo.class)) {
          reason = detail.unpack(ErrorInfo.class).getReason();
        } else if (detail.is(RequestInfo.class)) {
          requestId = detail.unpack(RequestInfo.class).getRequestId();
        } else if (detail.is(RetryInfo.class)) {
          com.google.protobuf.Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
          retryAfter = Optional.of(Duration.ofSeconds(delay.getSeconds(), delay.getNanos()));
        } else if (detail.is(BadRequest.class)) {
          detail
              .unpack(BadRequest.class)
              .getFieldViolationsList()
              .forEach(broken -> violations.add(new Violation(broken.getField(), broken.getDescription())));
        }
      } catch (InvalidProtocolBufferException error) {
        // A detail that cannot be read is left out: the error itself says more.
      }
    }
  }
}
