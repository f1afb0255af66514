"""The clock of a process: it agrees with the one that it follows, and an instant that was stored stays in the past."""

import time

from tidings_server.platform.clock import BUSY_LOOK_S, MAX_SLEW, STEP_S, Steps, SystemClock

HOUR_US = 3_600_000_000
TOLERANCE_US = 5_000_000


def test_the_first_reading_of_the_shared_clock_is_taken_whatever_the_machine_shows() -> None:
    for lead_us in (HOUR_US, -HOUR_US, 40_000_000, -300_000):
        clock = SystemClock()
        reference_us = clock.now_us() + lead_us
        clock.follow(reference_us)
        assert 0 <= clock.now_us() - reference_us < TOLERANCE_US


def test_a_clock_that_is_behind_takes_the_lead_of_the_shared_one_at_once() -> None:
    clock = SystemClock()
    clock.follow(clock.now_us())
    ahead_us = clock.now_us() + HOUR_US
    clock.follow(ahead_us)
    assert clock.now_us() >= ahead_us


def test_a_shared_clock_that_is_set_back_moves_no_stored_instant_into_the_future() -> None:
    clock = SystemClock()
    clock.follow(clock.now_us())
    before = clock.now_us()
    for _ in range(100):
        clock.follow(before - HOUR_US)
        assert clock.now_us() >= before - TOLERANCE_US * MAX_SLEW
    assert clock.now_us() >= before - TOLERANCE_US * MAX_SLEW


PAUSES_S = (1.0, 1.1, 2.9, 3.0)


def test_pauses_of_an_idle_process_end_together_and_short_ones_when_they_were_to() -> None:
    steps = Steps(cpu_s=lambda: 0.0)
    before = time.monotonic()
    ends = [time.monotonic() + steps.pause(seconds) for seconds in PAUSES_S]
    took_s = time.monotonic() - before

    apart = [(end - ends[0]) / STEP_S for end in ends]
    assert [abs(each - round(each)) * STEP_S <= took_s + 1e-6 for each in apart] == [True] * 4
    assert all(abs(end - before - seconds) <= STEP_S / 2 + took_s for end, seconds in zip(ends, PAUSES_S, strict=True))
    assert steps.pause(0.99) == 0.99, "a retry, or what is due by then"


def test_pauses_of_a_busy_process_end_apart_so_that_calls_pass_between() -> None:
    steps = Steps(cpu_s=lambda: 0.2 * time.monotonic())
    time.sleep(BUSY_LOOK_S)
    pauses = [steps.pause(seconds) for seconds in PAUSES_S * 20]

    assert all(abs(pause - seconds) <= STEP_S / 2 for pause, seconds in zip(pauses, PAUSES_S * 20, strict=True))
    assert len({round(pause % STEP_S, 3) for pause in pauses}) > 40
    assert steps.pause(0.99) == 0.99
