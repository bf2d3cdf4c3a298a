"""What is wrong with a plan as a whole, and which of it refuses a change.

``routing.flows.check`` judges flows, hours, numbers, and what queues ask for; here the rest is judged, and
places are told as a plan file has them.

A queue that nobody can serve, or from which nobody can make the callbacks that flows offer, refuses a change
where callers would suffer by it: where the queue was served until now, and where a flow is led to it now.
Otherwise it is a warning, since a queue is often made before its people are there. It stays a warning, too,
where an administrator switches a person off, takes the phone away or moves the person to other queues: people
come and go, and locking somebody out must never wait for the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import UnionType

from callcenter.people.mistakes import PlanMistake, Severity
from callcenter.people.rules import check_queue
from callcenter.people.site_plan import SitePlan
from callcenter.storage.errors import InvalidFieldError
from routing.acd.model import Agent, SkillLevel
from routing.flows.check import check as check_flows
from routing.flows.hours import Calendar
from routing.flows.mistakes import Code, Mistake, Severity as FlowSeverity
from routing.flows.model import Enqueue, OfferCallback
from routing.ids import QueueId, TeamId

_NOBODY = (Code.QUEUE_UNSTAFFED, Code.QUEUE_UNSKILLED)
_UNSERVED = (*_NOBODY, Code.QUEUE_IDLE)
_NO_CALLBACK = Code.CALLBACK_UNSTAFFED
_TABLES = {"flow": "flows", "hours": "hours", "queue": "queues"}


def check_plan(plan: SitePlan, calendar: Calendar, now: float) -> tuple[PlanMistake, ...]:
    """Everything that is wrong with ``plan``; ``now`` in UTC epoch seconds. A queue that nobody can serve
    is a warning here: whether it refuses a change depends on how it was before."""
    return tuple(mistake for mistake, _ in _found(plan, calendar, now))


def newly_wrong(
    before: SitePlan, after: SitePlan, calendar: Calendar, now: float, *, people_leave: bool = False
) -> tuple[tuple[PlanMistake, ...], tuple[PlanMistake, ...]]:
    """The errors for which the change from ``before`` to ``after`` must be refused, and the warnings to
    tell. Errors that ``before`` had already are warnings: a plan that is wrong is mended step by step."""
    found = _found(before, calendar, now)
    known = {(mistake.place, mistake.code) for mistake, _ in found}
    queues = {queue.id for queue in before.queues}
    callback_code = _code(_NO_CALLBACK)
    worked = queues - {queue for mistake, queue in found if queue and mistake.code != callback_code}
    called_back = queues - {queue for _, queue in found if queue}
    suffer = {_code(code): worked | (_led_to(after) - _led_to(before)) for code in _NOBODY}
    suffer[callback_code] = called_back | (_led_to(after, OfferCallback) - _led_to(before, OfferCallback))
    errors: list[PlanMistake] = []
    unserved: list[PlanMistake] = []
    warnings: list[PlanMistake] = []
    for mistake, queue in _found(after, calendar, now):
        if queue in suffer.get(mistake.code, ()) and not people_leave:
            unserved.append(replace(mistake, severity=Severity.ERROR))
        elif mistake.severity is Severity.WARNING or (mistake.place, mistake.code) in known:
            warnings.append(replace(mistake, severity=Severity.WARNING))
        else:
            errors.append(mistake)
    # Who asks for a skill or a team that is not there need not be told that nobody has it.
    return tuple(errors or unserved), tuple(warnings)


def _found(plan: SitePlan, calendar: Calendar, now: float) -> list[tuple[PlanMistake, QueueId | None]]:
    """Every mistake, with the queue that nobody serves, if it is about one."""
    found: list[tuple[PlanMistake, QueueId | None]] = [
        (mistake, None) for mistake in (*_default(plan), *_queues(plan), *_teams(plan), *_agents(plan))
    ]
    skills = {skill.id for skill in plan.skills}
    for mistake in check_flows(plan.flows, plan.tolerant_routing(), calendar, now, skills):
        if mistake.place == "default queue":
            continue  # told by _default, unless there is no queue at all, which is how a site begins
        unserved = mistake.code in (*_UNSERVED, _NO_CALLBACK)
        queue = QueueId(str(dict(mistake.parameters)["queue"])) if unserved else None
        found.append((_told(mistake), queue))
    return found


def _told(mistake: Mistake) -> PlanMistake:
    warning = mistake.severity is FlowSeverity.WARNING or mistake.code in (*_UNSERVED, _NO_CALLBACK)
    return PlanMistake(
        place_of(mistake.place),
        _code(mistake.code),
        mistake.message,
        mistake.remedy[:1].upper() + mistake.remedy[1:],
        Severity.WARNING if warning else Severity.ERROR,
        {name: str(value) for name, value in mistake.parameters},
    )


def place_of(place: str) -> str:
    """A place in the words of ``routing.flows`` (``flow main, step menu, choices.2.next``) as a plan file
    has it, where lists count from 0: ``flows.main.steps.menu.choices.1.next``."""
    parts: list[str] = []
    for part in place.split(", "):
        kind, _, name = part.partition(" ")
        if name and kind == "step":
            parts += ["steps", name]
        elif name and kind in _TABLES:
            parts += [_TABLES[kind], name]
        else:
            parts += [str(int(one) - 1) if one.isdigit() else one for one in part.split(".")]
    return ".".join(parts)


def _code(code: Code) -> str:
    return code.value.replace("-", "_")


def _led_to(
    plan: SitePlan, by: type[Enqueue | OfferCallback] | UnionType = Enqueue | OfferCallback
) -> set[QueueId]:
    """The queues that flows lead callers to, by steps of these kinds."""
    steps = (step for flow in plan.flows.flows for step in flow.steps)
    return {
        step.queue for step in steps if isinstance(step, Enqueue | OfferCallback) and isinstance(step, by)
    }


# --- what routing.flows does not look at --------------------------------------------------------------


def _default(plan: SitePlan) -> Iterator[PlanMistake]:
    queues = [queue.id for queue in plan.queues]
    if plan.default_queue is not None and plan.default_queue not in queues:
        yield _unknown("default_queue", "queue", plan.default_queue, queues)


def _queues(plan: SitePlan) -> Iterator[PlanMistake]:
    for queue in plan.queues:
        place = f"queues.{queue.id}"
        try:
            check_queue(queue)
        except InvalidFieldError as error:
            yield PlanMistake(f"{place}.{error.field}", "not_acceptable", error.message, "Correct it")
        yield from _repeats(f"{place}.required", queue.required)
        yield from _repeats(f"{place}.preferred", queue.preferred)
        after = 0
        for index, ring in enumerate(queue.rings):
            yield from _repeats(f"{place}.rings.{index}.required", ring.required)
            if ring.after <= after:
                yield PlanMistake(
                    f"{place}.rings.{index}.after",
                    "ring_order",
                    f"{ring.after} s is not later than what is before it ({after} s)",
                    "Give each ring more seconds than the one before, the first at least 1",
                    parameters={"after": str(ring.after), "before": str(after)},
                )
            after = max(after, ring.after)


def _teams(plan: SitePlan) -> Iterator[PlanMistake]:
    queues = [queue.id for queue in plan.queues]
    for team in plan.teams:
        for index, queue in enumerate(team.queues):
            if queue not in queues:
                yield _unknown(f"teams.{team.id}.queues.{index}", "queue", queue, queues)


def _agents(plan: SitePlan) -> Iterator[PlanMistake]:
    skills = [str(skill.id) for skill in plan.skills]
    queues = [queue.id for queue in plan.queues]
    teams = {team.id: team.queues for team in plan.teams}
    for agent in plan.agents:
        place = f"agents.{agent.id}"
        for index, queue in enumerate(agent.queues):
            if queue not in queues:
                yield _unknown(f"{place}.queues.{index}", "queue", queue, queues)
        for index, held in enumerate(agent.skills):
            if held.skill not in skills:
                yield _unknown(f"{place}.skills.{index}.skill", "skill", held.skill, skills)
        yield from _repeats(f"{place}.skills", agent.skills)
        if agent.team is not None and agent.team not in teams:
            yield _unknown(f"{place}.team", "team", agent.team, list(teams))
        yield from _weights(agent, place, queues, teams)


def _weights(
    agent: Agent, place: str, queues: Sequence[QueueId], teams: Mapping[TeamId, Sequence[QueueId]]
) -> Iterator[PlanMistake]:
    weighed: set[QueueId] = set()
    serves = {*agent.queues, *(teams.get(agent.team, ()) if agent.team is not None else ())}
    for index, weight in enumerate(agent.weights):
        at = f"{place}.weights.{index}.queue"
        if weight.queue in weighed:
            yield _repeated(at, weight.queue)
        elif weight.queue not in queues:
            yield _unknown(at, "queue", weight.queue, queues)
        elif weight.queue not in serves:
            yield PlanMistake(
                at,
                "weight_unused",
                f"{agent.id} does not serve {weight.queue}, so this weight does nothing",
                "Add the queue to the agent or to his team, or remove the weight",
                Severity.WARNING,
                {"agent": agent.id, "queue": weight.queue},
            )
        weighed.add(weight.queue)


def _repeats(place: str, levels: Iterable[SkillLevel]) -> Iterator[PlanMistake]:
    named: set[str] = set()
    for index, held in enumerate(levels):
        if held.skill in named:
            yield _repeated(f"{place}.{index}.skill", held.skill)
        named.add(held.skill)


def _unknown(place: str, kind: str, name: str, known: Sequence[str]) -> PlanMistake:
    shown = ", ".join(known[:10]) + (" ..." if len(known) > 10 else "")
    remedy = f"Add the {kind} first" + (f", or write one that is there: {shown}" if known else "")
    return PlanMistake(
        place, f"unknown_{kind}", f"there is no {kind} {name}", remedy, parameters={"name": name}
    )


def _repeated(place: str, name: str) -> PlanMistake:
    return PlanMistake(place, "repeated", f"{name} is given more than once", "Keep one of them")
