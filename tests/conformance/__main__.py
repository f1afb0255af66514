"""Runs a command beside the servers of the conformance suite: `python -m tests.conformance go test ./...`.

The command finds them by `TIDINGS_CONFORMANCE`, the path of a JSON file: addresses, credentials, the cases.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.conformance.faulty import serving
from tests.e2e.instances import ROOT, Instance, instance
from tidings.admin.v1.tenants_pb2 import CreateClientRequest, CreateTenantRequest
from tidings.admin.v1.tenants_pb2_grpc import TenantServiceStub
from tidings_client import BearerToken, Tidings

VARIABLE = "TIDINGS_CONFORMANCE"


async def described(live: Instance, faulty: str) -> dict[str, Any]:
    """Content of the file; it makes a second tenant, whose client is `stranger`."""
    async with Tidings(live.grpc, credentials=BearerToken(live.demo["operator_token"])) as operator:
        tenants = operator.stub(TenantServiceStub)
        tenant = await tenants.CreateTenant(CreateTenantRequest(name="stranger"))
        client = await tenants.CreateClient(CreateClientRequest(tenant_id=tenant.id))
    return {
        "live": live.grpc,
        "faulty": faulty,
        "rest": live.rest,
        "database": str(live.data_dir / "tidings.db"),
        "cases": str(ROOT / "clients/conformance/cases.json"),
        "webhooks": str(ROOT / "clients/conformance/webhooks.json"),
        "demo": live.demo,
        "stranger": {"tenant": "stranger", "client_id": client.client_id, "client_secret": client.client_secret},
    }


def for_examples(live: Instance) -> dict[str, str]:
    """The variables that the example programs read."""
    demo = live.demo
    return {
        "TIDINGS_TARGET": live.grpc,
        "TIDINGS_TENANT": demo["tenant"],
        "TIDINGS_CLIENT_ID": demo["client_id"],
        "TIDINGS_CLIENT_SECRET": demo["client_secret"],
    }


async def main(command: list[str]) -> int:
    """The command's exit status."""
    with instance() as live, tempfile.TemporaryDirectory() as directory:
        server, faulty = await serving()
        file = Path(directory) / "conformance.json"
        file.write_text(json.dumps(await described(live, faulty)))
        environment = os.environ | {VARIABLE: str(file)} | for_examples(live)
        run = await asyncio.create_subprocess_exec(*command, env=environment, stdin=subprocess.DEVNULL)
        status = await run.wait()
        await server.stop(grace=None)
    return status


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
