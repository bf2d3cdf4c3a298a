"""Live rates of each queue, what a caller will have to wait by them, and how wrong that was.

Arrivals change over a day; how long calls take and callers wait hardly does. So arrivals are counted by time
and the others by calls, each over several memories (``routing.acd.pace`` says how they are put together).
Each begins with a prior, so that a new queue has sane figures before its first call. Patience is estimated
with censoring (callers who were served would have waited longer): time waited by all over calls abandoned,
the maximum likelihood for exponential patience.

Pure: ``now`` is an argument, epoch seconds; earlier instants count as the latest seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, expm1, log

from routing.acd.pace import blend
from routing.ids import QueueId

MEMORY = 1800.0
"""Seconds after which an error of an announced wait counts 1/e of a new one."""
MEMORIES = (57600.0, 14400.0, 3600.0, 900.0)
"""Seconds, of arrivals."""
OBSERVED = (1000.0, 100.0)
"""Calls handled, and calls abandoned, that the means of handling and patience go back."""
PRIOR_HANDLE, PRIOR_PATIENCE, PRIOR_ARRIVALS = 180.0, 180.0, 6.0 / 3600.0
"""Seconds, seconds, calls a second: a small queue of usual calls."""
TOLD = 300
"""Announced waits over which their correction is learned."""
ASSURED = 1000.0
"""Seconds of waits foretold rightly that this begins with."""
PRIOR_TIME = 300.0
"""Seconds that the prior of arrivals counts for; it fades with half an hour."""
RAREST = 0.1 / 3600.0
"""Calls a second that a queue counts for however quiet it is."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one queue: ``arrivals`` a second, mean ``handle`` and ``patience`` in seconds, and the calls that
    this rests on."""

    arrivals: float
    handle: float
    patience: float
    seen: float


@dataclass(frozen=True, slots=True)
class WaitError:
    """Announced against actual wait, seconds: ``bias`` is the mean of actual minus announced."""

    calls: float
    bias: float
    mean_absolute: float


class _Fading:
    """A sum whose parts fade."""

    __slots__ = ("_at", "_memory", "_sum")

    def __init__(self, memory: float) -> None:
        self._sum, self._at, self._memory = 0.0, 0.0, memory

    def add(self, amount: float, now: float) -> None:
        self._sum, self._at = self.at(now) + amount, max(now, self._at)

    def at(self, now: float) -> float:
        return self._sum * exp(-max(0.0, now - self._at) / self._memory)


class _Mean:
    """Seconds per event, over ``OBSERVED`` events; the prior counts for one of them."""

    __slots__ = ("_events", "_prior", "_seconds", "count")

    def __init__(self, prior: float) -> None:
        self._prior = prior
        self.count = 0
        self._seconds = [prior] * len(OBSERVED)
        self._events = [1.0] * len(OBSERVED)

    def spent(self, seconds: float) -> None:
        self._seconds = [sum_ + seconds for sum_ in self._seconds]

    def happened(self) -> None:
        self.count += 1
        for number, memory in enumerate(OBSERVED):
            kept = 1.0 - 1.0 / memory
            self._seconds[number] *= kept
            self._events[number] = self._events[number] * kept + 1.0

    @property
    def value(self) -> float:
        if not self.count:
            return self._seconds[0] / self._events[0]
        means = [seconds / events for seconds, events in zip(self._seconds, self._events, strict=True)]
        return blend(list(zip(OBSERVED, means, strict=True)), self.count, 1.0)


class _Queue:
    __slots__ = (
        "absolute",
        "arrived",
        "error",
        "foretold",
        "handle",
        "known_since",
        "patience",
        "said",
        "true",
    )

    def __init__(self, now: float) -> None:
        self.known_since = now
        self.arrived = [_Fading(memory) for memory in MEMORIES]
        self.handle, self.patience = _Mean(PRIOR_HANDLE), _Mean(PRIOR_PATIENCE)
        self.said, self.error, self.absolute = _Fading(MEMORY), _Fading(MEMORY), _Fading(MEMORY)
        self.foretold = self.true = ASSURED

    @property
    def correction(self) -> float:
        return self.true / self.foretold

    def correct(self, waited: float, announced: float) -> None:
        before = self.correction
        kept = 1.0 - 1.0 / TOLD
        self.foretold = ASSURED + (self.foretold - ASSURED) * kept + announced / before
        self.true = ASSURED + (self.true - ASSURED) * kept + waited


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
        for count in self._queue(queue, now).arrived:
            count.add(1.0, now)

    def answered(self, queue: QueueId, waited: float, now: float, announced: float | None = None) -> None:
        """An agent took the call after ``waited`` seconds; ``announced`` is what the caller was told to
        expect in all, counted from entering the queue."""
        known = self._queue(queue, now)
        known.patience.spent(max(0.0, waited))
        if announced is not None:
            known.correct(max(0.0, waited), max(0.0, announced))
            known.said.add(1.0, now)
            known.error.add(waited - announced, now)
            known.absolute.add(abs(waited - announced), now)

    def abandoned(self, queue: QueueId, waited: float, now: float) -> None:
        """The caller gave up after ``waited`` seconds."""
        known = self._queue(queue, now)
        known.patience.spent(max(0.0, waited))
        known.patience.happened()

    def handled(self, queue: QueueId, seconds: float, now: float) -> None:
        """An agent is done with a call: talk, hold and wrap-up took ``seconds``."""
        known = self._queue(queue, now)
        known.handle.spent(max(0.0, seconds))
        known.handle.happened()

    def rates(self, queue: QueueId, now: float) -> Rates:
        """The priors for a queue never heard of."""
        known = self._queues.get(queue)
        if known is None:
            return Rates(PRIOR_ARRIVALS, PRIOR_HANDLE, PRIOR_PATIENCE, 0.0)
        # Young counts divide by the time they were counted in, not by the whole memory.
        age = max(0.0, now - known.known_since)
        prior = PRIOR_TIME * exp(-age / MEMORY)
        counts = [count.at(now) for count in known.arrived]
        found = [
            (memory, (count + PRIOR_ARRIVALS * prior) / (prior - memory * expm1(-age / memory)))
            for memory, count in zip(MEMORIES, counts, strict=True)
        ]
        # A Poisson count: in a unit of time its variance is its mean.
        arrivals = blend(found, age, 1.0 / max(RAREST, found[0][1]))
        seen = min(counts[0], float(known.handle.count))
        handle, patience = known.handle.value, known.patience.value
        return Rates(max(RAREST, arrivals), max(1.0, handle), max(1.0, patience), seen)

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
        (1 / patience each). Of callers who are answered in the end the waits are shorter than of all, since
        those whose turn was late gave up more: as if the caller's own patience hastened each move, too. With
        n ahead the sum is of 1 / (able/handle + k/patience) over k = 1..n + 1 (after Whitt 1999, for
        exponential times; ``routing.acd.erlang`` has the same sum). The mean handle is that of what is
        served: the queues ahead and this one, by their arrivals.

        Agents whom queues share are only roughly a number of agents of each. What that comes to in the mean
        is learned from what was announced and what came of it, and the sum is corrected by it.
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
        total = sum(1.0 / (done + k / patience) for k in range(1, min(count + 1, 50) + 1))
        if count >= 50:
            total += patience * log((done + (count + 1.5) / patience) / (done + 50.5 / patience))
        known = self._queues.get(queue)
        return total if known is None else total * known.correction
