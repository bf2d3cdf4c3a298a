"""Live rates of each queue, what a caller will have to wait by them, and how wrong that was.

Rates forget exponentially: what happened ``memory`` seconds ago counts 1/e. Each begins with a prior of a few
observations, so that a new queue has sane figures before its first call. Patience is estimated with censoring
(callers who were served would have waited longer): time waited by all over calls abandoned, the maximum
likelihood for exponential patience.

Pure: ``now`` is an argument, epoch seconds; earlier instants count as the latest seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log

from routing.ids import QueueId

MEMORY = 1800.0
"""Seconds after which an observation counts 1/e of a new one."""
PRIOR_HANDLE, PRIOR_PATIENCE, PRIOR_ARRIVALS = 180.0, 180.0, 6.0 / 3600.0
"""Seconds, seconds, calls a second: a small queue of usual calls."""
RAREST = 0.1 / 3600.0
"""Calls a second that a queue counts for however quiet it is."""
PRIOR_WEIGHT = 3.0
"""Observations that the prior of handle and patience counts for; it never fades, so none ends undefined."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one queue: ``arrivals`` a second, mean ``handle`` and ``patience`` in seconds."""

    arrivals: float
    handle: float
    patience: float


@dataclass(frozen=True, slots=True)
class WaitError:
    """Announced against actual wait, seconds: ``bias`` is the mean of actual minus announced."""

    calls: float
    bias: float
    mean_absolute: float


class _Fading:
    """A sum whose parts fade."""

    __slots__ = ("_at", "_sum")

    def __init__(self) -> None:
        self._sum, self._at = 0.0, 0.0

    def add(self, amount: float, now: float) -> None:
        self._sum, self._at = self.at(now) + amount, max(now, self._at)

    def at(self, now: float) -> float:
        return self._sum * exp(-max(0.0, now - self._at) / MEMORY)


class _Queue:
    __slots__ = (
        "abandoned",
        "absolute",
        "arrived",
        "error",
        "handled",
        "known_since",
        "said",
        "talked",
        "waited",
    )

    def __init__(self, now: float) -> None:
        self.known_since = now
        self.arrived, self.handled, self.talked = _Fading(), _Fading(), _Fading()
        self.abandoned, self.waited = _Fading(), _Fading()
        self.said, self.error, self.absolute = _Fading(), _Fading(), _Fading()


class Estimates:
    """Told what happens, asked for rates and waits."""

    def __init__(self) -> None:
        self._queues: dict[QueueId, _Queue] = {}

    def _queue(self, queue: QueueId, now: float) -> _Queue:
        known = self._queues.get(queue)
        if known is None:
            known = self._queues[queue] = _Queue(now)
        return known

    def arrived(self, queue: QueueId, now: float) -> None:
        """A call entered the queue for the first time."""
        self._queue(queue, now).arrived.add(1.0, now)

    def answered(self, queue: QueueId, waited: float, now: float, announced: float | None = None) -> None:
        """An agent took the call after ``waited`` seconds; ``announced`` is what the caller was told to
        expect in all, counted from entering the queue."""
        known = self._queue(queue, now)
        known.waited.add(max(0.0, waited), now)
        if announced is not None:
            known.said.add(1.0, now)
            known.error.add(waited - announced, now)
            known.absolute.add(abs(waited - announced), now)

    def abandoned(self, queue: QueueId, waited: float, now: float) -> None:
        """The caller gave up after ``waited`` seconds."""
        known = self._queue(queue, now)
        known.waited.add(max(0.0, waited), now)
        known.abandoned.add(1.0, now)

    def handled(self, queue: QueueId, seconds: float, now: float) -> None:
        """An agent is done with a call: talk, hold and wrap-up took ``seconds``."""
        known = self._queue(queue, now)
        known.handled.add(1.0, now)
        known.talked.add(max(0.0, seconds), now)

    def rates(self, queue: QueueId, now: float) -> Rates:
        """The priors for a queue never heard of."""
        known = self._queues.get(queue)
        if known is None:
            return Rates(PRIOR_ARRIVALS, PRIOR_HANDLE, PRIOR_PATIENCE)
        # Young counts divide by the time they were counted in, not by the whole memory.
        age = max(0.0, now - known.known_since)
        counted = MEMORY * (1.0 - exp(-age / MEMORY))
        prior = MEMORY / 6.0 * exp(-age / MEMORY)
        arrivals = (known.arrived.at(now) + PRIOR_ARRIVALS * prior) / (counted + prior)
        handled = known.handled.at(now)
        handle = (known.talked.at(now) + PRIOR_HANDLE * PRIOR_WEIGHT) / (handled + PRIOR_WEIGHT)
        waited, gone = known.waited.at(now), known.abandoned.at(now)
        # One abandonment's worth of prior: a queue where nobody gives up is patient, not undefined.
        patience = (waited + PRIOR_PATIENCE) / (gone + 1.0)
        return Rates(max(RAREST, arrivals), max(1.0, handle), max(1.0, patience))

    def error(self, queue: QueueId, now: float) -> WaitError | None:
        """How wrong the announced waits were; ``None`` before the first."""
        known = self._queues.get(queue)
        count = 0.0 if known is None else known.said.at(now)
        if known is None or count <= 0.0:
            return None
        return WaitError(count, known.error.at(now) / count, known.absolute.at(now) / count)

    def expected_wait(
        self,
        queue: QueueId,
        ahead: Mapping[QueueId, int],
        able: float,
        free: int,
        now: float,
    ) -> float | None:
        """Seconds that a call now entering, or standing, in the queue has still to wait.

        ``ahead`` counts the waiting calls that its able agents will take before it, by queue; ``able`` are
        the agents signed in who can take the call (a fraction for those whom others share), ``free`` those
        of them who are free. ``None``: nobody able is signed in, so no wait can be told.

        The call moves up when an agent is done (a rate of ``able`` / mean handle) or somebody ahead gives up
        (1 / patience each): with n ahead it waits the sum of 1 / (able/handle + k/patience) over k = 0..n
        (Whitt 1999, for exponential times). The mean handle is that of what is served: the queues ahead and
        this one, by their arrivals.
        """
        if able <= 0:
            return None
        if free > 0 and not any(ahead.values()):
            return 0.0
        served = {queue: self.rates(queue, now)} | {other: self.rates(other, now) for other in ahead}
        calls = sum(rates.arrivals for rates in served.values())
        handle = sum(rates.arrivals * rates.handle for rates in served.values()) / calls
        done = able / handle
        count = sum(ahead.values())
        patience = served[queue].patience
        if count:
            patience = count / sum(n / served[other].patience for other, n in ahead.items() if n)
        # The sum is within a term of its integral, and lines of thousands are asked about often.
        if count <= 50:
            return sum(1.0 / (done + k / patience) for k in range(count + 1))
        head = sum(1.0 / (done + k / patience) for k in range(50))
        return head + patience * log((done + (count + 0.5) / patience) / (done + 49.5 / patience))
