"""Network address of the client whose call the present task serves."""

from contextvars import ContextVar
from typing import Protocol


class Client(Protocol):
    """Source of the address; worked out only when it is read."""

    @property
    def address(self) -> str:
        """IP address without a port; empty where there is none."""
        ...


current_client: ContextVar[Client | None] = ContextVar("current_client", default=None)
