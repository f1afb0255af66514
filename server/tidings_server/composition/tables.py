"""Every area's tables, so that both metadata of `storage.tables` are complete once this is imported."""

from typing import Final

from tidings_server.catalogue.store import tables as catalogue
from tidings_server.delivery.store import tables as delivery
from tidings_server.identity.store import tables as identity
from tidings_server.jetstream.store import tables as jetstream
from tidings_server.log.store import tables as log
from tidings_server.loyalty.store import counter_tables as counters
from tidings_server.loyalty.store import tables as loyalty
from tidings_server.mail.store import tables as mail
from tidings_server.privacy.store import tables as privacy
from tidings_server.rpc.store import tables as rpc
from tidings_server.scheduling.store import job_tables as jobs
from tidings_server.scheduling.store import tables as scheduling
from tidings_server.storage.log import tables as events
from tidings_server.workflow.store import tables as workflow

DECLARED: Final = (
    catalogue,
    delivery,
    identity,
    jetstream,
    log,
    loyalty,
    counters,
    mail,
    privacy,
    rpc,
    scheduling,
    workflow,
    jobs,
    events,
)
"""The modules that declare tables."""
