"""One queue alone: exact figures of Erlang's C and A, for estimates and for checking simulations.

Poisson arrivals, exponential handling and patience, ``agents`` alike, first come first served. Units are the
caller's: rates per second with times in seconds, or any other unit throughout. Sources: Palm 1957; Garnett,
Mandelbaum and Reiman 2002, "Designing a call center with impatient customers"; Mandelbaum and Zeltyn 2007.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of all offered calls: ``wait`` (not answered at once), ``abandon``, ``within`` (answered within
    the promised time; who gives up before it counts against). ``asa`` is the mean wait of answered calls,
    ``occupancy`` the share of an agent's time in calls, ``waiting`` the mean number in line."""

    wait: float
    abandon: float
    asa: float
    within: float
    occupancy: float
    waiting: float


def erlang_b(agents: int, work: float) -> float:
    """Share of calls that find all agents busy if nobody waits; ``work`` is ``arrivals * handle``."""
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = work * blocked / (n + work * blocked)
    return blocked


def figures(arrivals: float, handle: float, patience: float, agents: int, promised: float = 20.0) -> Figures:
    """Exact long-run figures. ``arrivals`` is a rate; ``handle``, ``patience`` (``math.inf``: nobody gives
    up) and ``promised`` are times. Without patience's end and with work for all agents or more the line
    grows for ever: raises ``ValueError``."""
    if arrivals <= 0 or handle <= 0 or patience <= 0 or agents < 1:
        raise ValueError("arrivals, handle, patience and agents must be positive")
    if math.isinf(patience):
        return _without_abandonment(arrivals, handle, agents, promised)
    theta, capacity = 1 / patience, agents / handle
    # Probabilities of 0, 1, 2 ... waiting, all agents busy, relative to the first.
    line = [1.0]
    while line[-1] > 1e-16 * max(line) or arrivals > capacity + len(line) * theta:
        line.append(line[-1] * arrivals / (capacity + len(line) * theta))
    total = math.fsum(line)
    # Fewer busy than all: the first state's share against theirs is Erlang B's.
    below = 1 / erlang_b(agents, arrivals * handle) - 1
    all_busy = total / (total + below)
    state = [p / (total + below) for p in line]
    waiting = math.fsum(k * p for k, p in enumerate(state))
    abandon = theta * waiting / arrivals
    # Whoever finds k waiting is answered at the end of k + 1 departures ahead, each at its own rate, unless
    # his own patience ends first. P(answered, wait <= t): his clock and theirs are one chain of stages.
    within = 1 - all_busy + _answered_within(state, capacity, theta, promised)
    # Mean wait of answered calls: time in line of all, less the part of those who gave up.
    answered = 1 - abandon
    asa = _answered_time(state, capacity, theta) / answered
    return Figures(all_busy, abandon, asa, within, arrivals * answered * handle / agents, waiting)


def _without_abandonment(arrivals: float, handle: float, agents: int, promised: float) -> Figures:
    work = arrivals * handle
    if work >= agents:
        raise ValueError("more work than the agents can do, and nobody gives up: the line grows for ever")
    blocked = erlang_b(agents, work)
    wait = blocked / (1 - work / agents * (1 - blocked))
    spare = (agents - work) / handle
    asa = wait / spare
    return Figures(wait, 0.0, asa, 1 - wait * math.exp(-spare * promised), work / agents, arrivals * asa)


def _answered_time(state: list[float], capacity: float, theta: float) -> float:
    """Sum over arrivals that wait of wait x (answered). With k ahead, stage j (j ahead) lasts a mean of
    1 / (capacity + (j + 1) theta), and is left for the better with the rest of the rates."""
    time, answered, total = 0.0, 1.0, 0.0
    for k, p in enumerate(state):
        leave = capacity + (k + 1) * theta
        answered *= (leave - theta) / leave
        time += 1 / leave
        total += p * answered * time
    return total


def _answered_within(state: list[float], capacity: float, theta: float, promised: float) -> float:
    """Share of all arrivals who wait and are answered by ``promised``: uniformization of the stages ahead
    of the caller (Jensen 1953)."""
    size = len(state)
    rate = capacity + size * theta
    ahead = list(state)  # probability by number ahead, of those not yet answered or gone
    done, answered = 0.0, 0.0
    mean = rate * promised
    log_weight, seen, step = -mean, 0.0, 0
    while seen < 1 - 1e-12 and step < mean + 12 * math.sqrt(mean) + 60:
        weight = math.exp(log_weight)
        seen += weight
        done += weight * answered
        answered += ahead[0] * capacity / rate
        ahead = [
            ahead[k] * (1 - (capacity + (k + 1) * theta) / rate)
            + (ahead[k + 1] * (capacity + (k + 1) * theta) / rate if k + 1 < size else 0.0)
            for k in range(size)
        ]
        step += 1
        log_weight += math.log(mean / step) if mean > 0 else -math.inf
    return done
