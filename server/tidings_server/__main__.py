"""`python -m tidings_server` and `tidings-server`: the command line, imported quickly.

Imports make containers by the hundred thousand and no garbage: looking for some takes a quarter of their time.
"""

import gc
import sys


def main() -> int:
    """Run one command; gives the exit status."""
    gc.disable()
    from tidings_server import commands  # noqa: PLC0415 - what the collector is to keep off

    gc.freeze()
    gc.enable()
    return commands.main()


if __name__ == "__main__":
    sys.exit(main())
