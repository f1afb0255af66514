"""`python -m tidings_server` and `tidings-server`: the command line, imported quickly.

Imports make containers by the hundred thousand and no garbage: looking for some takes a quarter of their time.
"""

import gc
import os
import sys

from tidings_server.platform.left_out import leave_out


def main() -> int:
    """Run one command; gives the exit status."""
    gc.disable()
    leave_out()
    # gRPC's core writes lines of its own, whatever the format of the log; what matters comes as an error or a status.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # noqa: TID251 - gRPC reads it
    from tidings_server import commands  # noqa: PLC0415 - what the collector is to keep off

    gc.freeze()
    gc.enable()
    return commands.main()


if __name__ == "__main__":
    sys.exit(main())
