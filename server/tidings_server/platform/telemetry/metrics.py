"""The metrics, and the loopback port where Prometheus reads them.

Labels hold only what the contract or the code names, never what a caller chose.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

REGISTRY = CollectorRegistry()

RPC = Counter("tidings_rpc", "RPCs answered.", ["method", "code"], registry=REGISTRY)
RPC_SECONDS = Histogram(
    "tidings_rpc_seconds",
    "Time from a request to its answer, in seconds.",
    ["method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
    registry=REGISTRY,
)
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


@contextmanager
def served(host: str, port: int, *, may_move: bool) -> Iterator[int]:
    """Serve `/metrics` on an address for as long as the context lasts; gives the port.

    Where the port is taken and `may_move`, another one is used and named in a warning; else OSError is raised.
    """
    try:
        server, thread = start_http_server(port, host, REGISTRY)
    except OSError:
        if not may_move:
            raise OSError(f"The metrics port {port} cannot be taken (TIDINGS_METRICS_PORT).") from None
        server, thread = start_http_server(0, host, REGISTRY)
        log.warning("metrics_port_taken", requested=port, used=server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
