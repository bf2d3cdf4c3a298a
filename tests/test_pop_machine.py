"""What ``pop`` tells of the machine: when no processor was idle, and what the host took."""

from __future__ import annotations

from benchmarks.pop_machine import Machine, Sample, shares


def machine(*idle: int, stolen: int = 0) -> Machine:
    """Two processors, a sample each tenth of a second; of its 20 ticks so many were idle."""
    samples, passed = [Sample(0.0, 1000, 500, 7)], 500
    for n, ticks in enumerate(idle, start=1):
        passed += ticks
        samples.append(Sample(n / 10, 1000 + 20 * n, passed, 7 + stolen * n))
    return Machine(samples)


def test_a_rush_is_seen_though_the_whole_was_quiet() -> None:
    seen = machine(*[20] * 10, 0, 0, 1, *[20] * 10)
    assert seen.idle(0.0, 2.3) > 0.8
    assert seen.full(0.9, 1.4)
    assert seen.full(1.0, 1.05)  # a short call: judged by what followed it
    assert not seen.full(0.0, 0.6)
    assert not seen.full(1.5, 2.0)


def test_work_with_room_to_spare_is_not_full() -> None:
    assert not machine(*[4] * 20).full(0.5, 1.5)
    assert not Machine().full(0.0, 1.0)


def test_what_the_host_took_is_told_in_milliseconds() -> None:
    assert machine(*[10] * 10, stolen=1).stolen_ms(0.2, 0.5) == 30


def test_shares_are_of_one_core() -> None:
    before, after = {"server": 100, "asterisk": 50}, {"server": 250, "asterisk": 51, "browser": 20}
    assert shares(before, after, 2.0) == {"server": 0.75, "browser": 0.1}
