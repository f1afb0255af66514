"""Every event of a stream exactly once, in order, into a file: `python reader.py nats://127.0.0.1:4222 seen.json`.

What makes it exactly once is that position and effect are written together; here both are one file. Needs nats-py.
A third argument names another stream than that of the first shard: `TIDINGS_1`.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import nats
from nats.js.api import ConsumerConfig, DeliverPolicy

FIRST = "TIDINGS_0"


def take(state: dict[str, Any], headers: dict[str, str]) -> None:
    """Take one event in, unless it is a repeat; says so where events of its tenant before it are missing."""
    tenant, seq, before = headers["ce-source"], int(headers["Tidings-Seq"]), int(headers["Tidings-Prev"])
    last = state["last"].get(tenant, 0)
    if seq <= last:
        return
    if before not in {0, last}:
        print(f"events of {tenant} after {last} are missing: ask the API of Tidings for them", file=sys.stderr)
    state["last"][tenant] = seq
    state["events"].append([tenant, headers["ce-type"], headers["ce-id"]])


async def read(url: str, file: Path, stream: str = FIRST, *, idle_s: float) -> None:
    """Read from where the file ends, until nothing has come for `idle_s`."""
    state = json.loads(file.read_text()) if file.exists() else {"stream_seq": 0, "last": {}, "events": []}
    client = await nats.connect(url)
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=state["stream_seq"] + 1)
    subjects = f"{stream.lower().replace('_', '.')}.>"
    events = await client.jetstream().subscribe(subjects, stream=stream, ordered_consumer=True, config=config)
    try:
        while True:
            message = await events.next_msg(timeout=idle_s)
            take(state, message.headers or {})
            state["stream_seq"] = message.metadata.sequence.stream
            file.write_text(json.dumps(state))
    except nats.errors.TimeoutError:
        print(f"{len(state['events'])} events, the last {state['events'][-1:]}")
    finally:
        await client.close()


if __name__ == "__main__":
    asyncio.run(read(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:], idle_s=5.0))
