"""When a call is tried again: by gRPC itself for single calls, by Backoff for streams."""

import asyncio
import json
import random

ATTEMPTS = 5
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0

# Applies to every call. UNAVAILABLE alone is retried: the server has not answered, and what has an effect carries an id
# or an idempotency key, so that a repeat has no second one. A limit is the caller's to wait for.
SERVICE_CONFIG = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": ATTEMPTS,
                    "initialBackoff": f"{FIRST_PAUSE_S}s",
                    "maxBackoff": f"{LONGEST_PAUSE_S}s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
)


class Backoff:
    """Pauses between two tries that double up to LONGEST_PAUSE_S, each with full jitter."""

    def __init__(self) -> None:
        self._longest_s = FIRST_PAUSE_S

    def reset(self) -> None:
        """Start again from the first pause: something came through."""
        self._longest_s = FIRST_PAUSE_S

    async def pause(self) -> None:
        """Wait, and let the next pause be longer."""
        await asyncio.sleep(random.uniform(0, self._longest_s))
        self._longest_s = min(self._longest_s * 2, LONGEST_PAUSE_S)
