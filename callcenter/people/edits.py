"""The changes that can be made to a plan, as functions from one plan to another. Nothing is checked here but
what makes no sense to do: whether the plan that results is any good is for ``people.check``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from callcenter.people.site_plan import Edit, SitePlan
from callcenter.people.views import Skill
from callcenter.storage.errors import DuplicateError, InvalidFieldError, NotFoundError
from routing.acd.model import Agent, Queue, Team, ValueClass
from routing.flows.model import Emergency, Flow, FlowPlan, Hours
from routing.ids import AgentId, QueueId


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


def add_queue(queue: Queue, *, takes_unknown: bool = False) -> Edit:
    """Put a queue after the others. ``takes_unknown`` makes it the default queue, if none was made so yet:
    ``change_queue`` moves the default, so that nobody does by adding. Raises ``DuplicateError`` (``id``,
    ``numbers``, ``takes_unknown``)."""

    def edit(plan: SitePlan) -> SitePlan:
        if any(known.id == queue.id for known in plan.queues):
            raise DuplicateError("id", "is already taken")
        _check_numbers(plan, queue)
        if takes_unknown and plan.default_queue is not None:
            raise DuplicateError(
                "takes_unknown", f"{plan.default_queue} takes the calls to unknown numbers already"
            )
        default = queue.id if takes_unknown else plan.default_queue
        return replace(plan, queues=(*plan.queues, queue), default_queue=default)

    return edit


def change_queue(queue: QueueId, change: Callable[[Queue], Queue], *, takes_unknown: bool = False) -> Edit:
    """Put what ``change`` makes of the queue in its place; the default stays unless ``takes_unknown``.
    Raises ``NotFoundError`` (``queue``) and ``DuplicateError`` (``numbers``)."""

    def edit(plan: SitePlan) -> SitePlan:
        changed = change(_find("queue", plan.queues, queue))
        _check_numbers(plan, changed)
        default = queue if takes_unknown else plan.default_queue
        return replace(plan, queues=put(plan.queues, changed), default_queue=default)

    return edit


def remove_queue(queue: str) -> Edit:
    """Raises ``NotFoundError`` (``queue``), and ``InvalidFieldError`` for the default queue. Whatever else
    names it makes the plan wrong, and so the change refused."""

    def edit(plan: SitePlan) -> SitePlan:
        found = _find("queue", plan.queues, queue)
        if plan.tolerant_routing().default_queue == queue:
            raise InvalidFieldError("queue", f"{queue} takes the calls to unknown numbers; move these first")
        return replace(plan, queues=without(plan.queues, found.id))

    return edit


def put_skill(skill: Skill) -> Edit:
    return lambda plan: replace(plan, skills=put(plan.skills, skill))


def remove_skill(skill: str) -> Edit:
    """Raises ``NotFoundError`` (``skill``)."""
    return lambda plan: replace(plan, skills=without(plan.skills, _find("skill", plan.skills, skill).id))


def put_team(team: Team) -> Edit:
    return lambda plan: replace(plan, teams=put(plan.teams, team))


def remove_team(team: str) -> Edit:
    """Raises ``NotFoundError`` (``team``)."""
    return lambda plan: replace(plan, teams=without(plan.teams, _find("team", plan.teams, team).id))


def change_agent(agent: AgentId, change: Callable[[Agent], Agent]) -> Edit:
    """Put what ``change`` makes of the agent's routing in its place. Raises ``NotFoundError`` (``agent``)."""
    return lambda plan: replace(plan, agents=put(plan.agents, change(_find("agent", plan.agents, agent))))


def put_value(value: ValueClass) -> Edit:
    return lambda plan: replace(plan, values=put(plan.values, value))


def remove_value(value: str) -> Edit:
    """Raises ``NotFoundError`` (``value``)."""
    return lambda plan: replace(plan, values=without(plan.values, _find("value", plan.values, value).id))


def put_flow(flow: Flow) -> Edit:
    return _flows(lambda plan: replace(plan, flows=put(plan.flows, flow)))


def remove_flow(flow: str) -> Edit:
    """Raises ``NotFoundError`` (``flow``)."""
    return _flows(lambda plan: replace(plan, flows=without(plan.flows, _find("flow", plan.flows, flow).id)))


def put_hours(hours: Hours) -> Edit:
    return _flows(lambda plan: replace(plan, hours=put(plan.hours, hours)))


def remove_hours(hours: str) -> Edit:
    """Raises ``NotFoundError`` (``hours``)."""
    return _flows(lambda plan: replace(plan, hours=without(plan.hours, _find("hours", plan.hours, hours).id)))


def set_emergency(emergency: Emergency) -> Edit:
    return _flows(lambda plan: replace(plan, emergency=emergency))


def all_of(*edits: Edit) -> Edit:
    """One after the other, as one change."""

    def edit(plan: SitePlan) -> SitePlan:
        for one in edits:
            plan = one(plan)
        return plan

    return edit


def put(items: tuple[T, ...], item: T) -> tuple[T, ...]:
    """``item`` in the place of the one of its id, or after the others."""
    if any(known.id == item.id for known in items):
        return tuple(item if known.id == item.id else known for known in items)
    return (*items, item)


def without(items: tuple[T, ...], name: str) -> tuple[T, ...]:
    return tuple(known for known in items if known.id != name)


def _find(kind: str, items: Sequence[T], name: str) -> T:
    found = next((known for known in items if known.id == name), None)
    if found is None:
        raise NotFoundError(kind, f"there is no {name}")
    return found


def _flows(change: Callable[[FlowPlan], FlowPlan]) -> Edit:
    return lambda plan: replace(plan, flows=change(plan.flows))


def _check_numbers(plan: SitePlan, queue: Queue) -> None:
    """Here and not only in the check of the plan, since the API tells a number that is taken as such."""
    wanted: dict[str, Any] = dict.fromkeys(queue.numbers)
    for other in plan.queues:
        for number in other.numbers:
            if other.id != queue.id and number in wanted:
                raise DuplicateError("numbers", f"{number} leads to {other.id} already")
