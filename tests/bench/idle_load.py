"""Load of an attacker without an attack: computes for a share of the time at the machine's lowest priority.

Job: share, of one core. It says when it has begun, and goes on until it is stopped.
"""

import os
import time
from typing import Final

from tests.bench.attack_load import LIMIT_S, NICE
from tests.bench.processes import given_job, say

PERIOD_S: Final = 0.01


def main() -> None:
    os.nice(NICE)
    share = min(given_job(limit_s=LIMIT_S)["share"], 1.0)
    say({"begun": True})
    while True:
        began_at = time.monotonic()
        spent_s = time.process_time() + share * PERIOD_S
        while time.process_time() < spent_s:
            pass
        time.sleep(max(0.0, began_at + PERIOD_S - time.monotonic()))


if __name__ == "__main__":
    main()
