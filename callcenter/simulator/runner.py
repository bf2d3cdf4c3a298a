"""A scenario played on a simulated PBX, and the PBX served with it: what ``callcenter simulate pbx`` runs."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from callcenter.simulator.channels import Caller
from callcenter.simulator.outside import OutsidePlanner
from callcenter.simulator.pbx import SimulatedPbx
from callcenter.simulator.phones import Planner, RingPlan
from callcenter.simulator.scenario import Arrivals, OutsideWorld, Person, PhoneGroup, Scenario, Span
from callcenter.simulator.server import SimulatorServer

_TRIES = 8
"""How often a person who is not on the phone already is looked for."""


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """What a run came to. ``turned_away`` callers found ``max_live`` others before them."""

    seed: int
    calls: int
    answered: int
    lost: int
    fallbacks: int
    turned_away: int
    live: int


class ScenarioRun:
    """Plays a scenario on the PBX's own timers; needs nobody to drive it but whoever advances the PBX.

    Callers come from ``start`` on, once a server has set its heartbeat for the first time (before that they
    would all go to the fallback queue), until ``stop``.
    """

    def __init__(self, scenario: Scenario, pbx: SimulatedPbx) -> None:
        self.scenario = scenario
        self.pbx = pbx
        self.turned_away = 0
        self._going = False
        self._on_phone: dict[str, str] = {}
        """Uniqueids by number, of the people who call; looked at before one calls again."""
        pbx.outside.plan = _outside(scenario.outside, random.Random(f"{scenario.seed}/outside"))
        for index, group in enumerate(scenario.phones):
            plan = _planner(group, random.Random(f"{scenario.seed}/phones/{index}"))
            for station in group.stations:
                phone = pbx.phone(station)
                phone.plan = plan
                if not group.registered:
                    phone.unregister()

    def start(self) -> None:
        """Begin. Once."""
        self._going = True
        for arrivals in self.scenario.arrivals:
            if arrivals.per_minute > 0:
                generator = random.Random(f"{self.scenario.seed}/calls/{arrivals.number}")
                self._plan_next(arrivals, generator)

    def stop(self) -> None:
        """No further callers; those who are there go on."""
        self._going = False

    def summary(self) -> ScenarioSummary:
        counts = self.pbx.counts
        return ScenarioSummary(
            self.scenario.seed,
            counts.calls,
            counts.answered,
            counts.lost,
            counts.fallbacks,
            self.turned_away,
            self.pbx.live_calls,
        )

    def _plan_next(self, arrivals: Arrivals, generator: random.Random) -> None:
        gap = generator.expovariate(arrivals.per_minute / 60.0)
        self.pbx.after(gap, partial(self._arrive, arrivals, generator))

    def _arrive(self, arrivals: Arrivals, generator: random.Random) -> None:
        if not self._going:
            return
        self._plan_next(arrivals, generator)
        if "CC_HB" not in self.pbx.globals:
            return
        # Drawn before anything is decided, so that a full PBX does not shift everybody after it.
        person = self._person(generator)
        patience, talk = _draw(arrivals.patience, generator), _draw(arrivals.talk, generator)
        if self.pbx.live_calls >= self.scenario.max_live:
            self.turned_away += 1
            return
        uniqueid = self.pbx.arrive(person.number, person.name, arrivals.number, patience=patience, talk=talk)
        caller = self.pbx.channels[uniqueid]
        assert isinstance(caller, Caller)
        # His own generator: how often he is asked must not shift those who come after him.
        own = random.Random(f"{self.scenario.seed}/caller/{self.pbx.counts.calls}")
        caller.answers = partial(_answer, arrivals, own)
        caller.speaks = _draw(arrivals.speaks, own)
        if person.name:
            self._on_phone[person.number] = uniqueid

    def _person(self, generator: random.Random) -> Person:
        people = self.scenario.people
        if people and generator.random() < self.scenario.known_share:
            for _ in range(_TRIES):
                person = people[generator.randrange(len(people))]
                if self._on_phone.get(person.number, "") not in self.pbx.channels:
                    return person
        return Person(f"79{generator.randrange(10**9):09}", "")


def _planner(group: PhoneGroup, generator: random.Random) -> Planner:
    def plan() -> RingPlan:
        fate = generator.random()
        ring = _draw(group.ring_after, generator)
        answer = max(ring, _draw(group.answer_after, generator))
        talk = _draw(group.hang_up_after, generator)
        hangs_up = generator.random() < group.hang_up_share
        if fate < group.decline_share:
            return RingPlan(ring_after=ring, decline_after=answer)
        if fate < group.decline_share + group.ignore_share:
            return RingPlan(ring_after=ring)
        return RingPlan(ring_after=ring, answer_after=answer, hang_up_after=talk if hangs_up else None)

    return plan


def _outside(world: OutsideWorld, generator: random.Random) -> OutsidePlanner:
    def plan(number: str) -> RingPlan:
        fate = generator.random()
        ring = _draw(world.ring_after, generator)
        answer = max(ring, _draw(world.answer_after, generator))
        talk = _draw(world.hang_up_after, generator)
        if fate < world.busy_share:
            return RingPlan(ring_after=ring, decline_after=answer)
        if fate < world.busy_share + world.ignore_share:
            return RingPlan(ring_after=ring)
        return RingPlan(ring_after=ring, answer_after=answer, hang_up_after=talk)

    return plan


def _answer(arrivals: Arrivals, generator: random.Random) -> tuple[float, str]:
    """After how many seconds a caller who is asked presses which keys."""
    after, fate = _draw(arrivals.thinks, generator), generator.random()
    for keys, share in arrivals.keys:
        if fate < share:
            return after, keys
        fate -= share
    return after, ""


def _draw(span: Span, generator: random.Random) -> float:
    return generator.uniform(span.low, span.high)


def build_pbx(scenario: Scenario, *, now: float, speed: float = 1.0) -> SimulatedPbx:
    """The scenario's PBX, switched on at epoch second ``now``."""
    return SimulatedPbx(
        now=now,
        stations=scenario.stations,
        system_name=scenario.system_name,
        trunk=scenario.trunk,
        ring_seconds=scenario.ring_seconds,
        fallback_members=scenario.fallback_members,
        noise=scenario.noise,
        speed=speed,
        prompt_seconds=scenario.prompt_seconds,
    )


async def run_scenario(
    scenario: Scenario, server: SimulatorServer, *, seconds: float | None = None
) -> ScenarioSummary:
    """Play a scenario on a started server's PBX for ``seconds`` of the wall clock, or until cancelled."""
    run = ScenarioRun(scenario, server.pbx)
    server.pbx.by_hand(run.start)
    try:
        await asyncio.sleep(seconds) if seconds is not None else await asyncio.Event().wait()
    finally:
        run.stop()
    return run.summary()


@dataclass(frozen=True, slots=True)
class PbxOptions:
    """How to serve a simulated PBX. ``speed`` plays faster than life, ``seed`` replaces the scenario's."""

    scenario: Path
    username: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 5038
    seconds: float | None = None
    speed: float = 1.0
    seed: int | None = None


async def serve_pbx(
    options: PbxOptions, *, on_ready: Callable[[SimulatorServer], None] | None = None
) -> ScenarioSummary:
    """Serve a PBX and play its scenario, for ``options.seconds`` or until cancelled.

    ``on_ready`` is called once the port is open. Raises ``ConfigError`` for a bad scenario and ``OSError``
    when the port is taken.
    """
    scenario = Scenario.load(options.scenario)
    if options.seed is not None:
        scenario = replace(scenario, seed=options.seed)
    pbx = build_pbx(scenario, now=time.time(), speed=options.speed)
    server = SimulatorServer(pbx, options.host, options.port, {options.username: options.secret})
    await server.start()
    try:
        if on_ready is not None:
            on_ready(server)
        return await run_scenario(scenario, server, seconds=options.seconds)
    finally:
        await server.stop()
