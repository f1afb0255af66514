"""The metrics, and the loopback port where Prometheus reads them.

Labels hold only what the contract or the code names, never what a caller chose. Names of tenants are the operator's
choice, and their number is bounded.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from tidings_server.platform.telemetry.metrics_server import serve

REGISTRY = CollectorRegistry()

RPC = Counter("tidings_rpc", "RPCs answered.", ["method", "code"], registry=REGISTRY)
RPC_SECONDS = Histogram(
    "tidings_rpc_seconds",
    "Time from a request to its answer, in seconds.",
    ["method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
    registry=REGISTRY,
)
TENANT_RPC = Counter(
    "tidings_tenant_rpc",
    "RPCs answered, by tenant; `(other)` is all but the first 200 of a process.",
    ["tenant", "code"],
    registry=REGISTRY,
)
TENANT_STORED = Gauge(
    "tidings_tenant_stored_bytes",
    "Bytes of all events of a tenant, of those that RPCs are counted of.",
    ["tenant"],
    registry=REGISTRY,
)
MOST_TENANTS = 200
OTHERS = "(other)"
LOG_HEAD = Gauge("tidings_log_head", "Events that were ever stored.", registry=REGISTRY)
CONSUMER_LAG = Gauge(
    "tidings_consumer_lag", "Events of the log that a consumer has still to read.", ["consumer"], registry=REGISTRY
)
CONDITION_ERRORS = Counter(
    "tidings_condition_errors", "Conditions that came to no answer on an event: not matched.", registry=REGISTRY
)
DELIVERIES = Counter(
    "tidings_deliveries", "Tries to deliver, by what became of them.", ["destination", "outcome"], registry=REGISTRY
)
DELIVERY_OLDEST_DUE = Gauge(
    "tidings_delivery_oldest_due_seconds", "How long the oldest due delivery has waited, in seconds.", registry=REGISTRY
)
STORAGE_LOW = Gauge(
    "tidings_storage_low", "1 while writes are refused because the disk is nearly full.", registry=REGISTRY
)
ProcessCollector(registry=REGISTRY)


log = structlog.get_logger(__name__)


class RpcMeter:
    """Counts and times the calls of one RPC. It keeps its metrics at hand: finding one costs as much as counting."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._observe = RPC_SECONDS.labels(method).observe
        self._count: dict[str, Callable[[], None]] = {}

    def note(self, code: str, seconds: float) -> None:
        """A call has ended with this gRPC status after so long."""
        self._observe(seconds)
        if code not in self._count:
            self._count[code] = RPC.labels(self._method, code).inc
        self._count[code]()


class TenantMeter:
    """Counts the calls of each tenant; `stored_bytes` is asked at each scrape, by the tenant's number."""

    def __init__(self, stored_bytes: Callable[[int], int]) -> None:
        self._stored_bytes = stored_bytes
        self._names: dict[int, str] = {}
        self._counts: dict[tuple[str, str], Callable[[], None]] = {}

    def note(self, tenant: int, name: str, code: str) -> None:
        """A call for a tenant has ended with this gRPC status."""
        label = self._names.get(tenant) or self._first(tenant, name)
        if (label, code) not in self._counts:
            self._counts[label, code] = TENANT_RPC.labels(label, code).inc
        self._counts[label, code]()

    def _first(self, tenant: int, name: str) -> str:
        if len(self._names) >= MOST_TENANTS:
            return OTHERS
        self._names[tenant] = name
        TENANT_STORED.labels(name).set_function(lambda: self._stored_bytes(tenant))
        return name


@contextmanager
def served(host: str, port: int, *, may_move: bool) -> Iterator[int]:
    """Serve `/metrics` on an address for as long as the context lasts; gives the port.

    Where the port is taken and `may_move`, another one is used and named in a warning; else OSError is raised.
    """
    with ExitStack() as stack:
        try:
            served_port = stack.enter_context(serve(host, port, REGISTRY))
        except OSError:
            if not may_move:
                raise OSError(
                    f"The metrics port {host}:{port} cannot be taken (TIDINGS_METRICS_HOST, TIDINGS_METRICS_PORT)."
                ) from None
            served_port = stack.enter_context(serve(host, 0, REGISTRY))
            log.warning("metrics_port_taken", requested=port, used=served_port)
        yield served_port
