"""Reading the whole plan, and writing what is different in another, within a transaction of the caller's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.flows.rows import read_flow_plan, write_emergency, write_flows, write_hours
from callcenter.people.documents import queue_document
from callcenter.people.models import (
    AgentQueueRow,
    AgentRow,
    AgentSkillRow,
    AgentWeightRow,
    QueueNumberRow,
    QueuePreferredRow,
    QueueRow,
    QueueSkillRow,
    SkillRow,
    TeamQueueRow,
    TeamRow,
    UserRow,
    ValueClassRow,
)
from callcenter.people.site_plan import Change, SitePlan
from callcenter.people.views import Skill
from callcenter.storage.counters import advance, upsert
from routing.acd.model import (
    Agent,
    Preset,
    Preview,
    Queue,
    QueueWeight,
    Ring,
    Scoring,
    SkillLevel,
    Strategy,
    Team,
    ValueClass,
    Work,
)
from routing.ids import AgentId, QueueId, SkillId, StationId, TeamId

VERSION = "routing_plan"


async def plan_changed(connection: AsyncConnection) -> None:
    """Note, in the same transaction, that the plan is another one now. Whoever changes the plan calls this
    first: it makes changes wait for each other, so that each is checked against what the last one left."""
    await advance(connection, VERSION)


# --- reading ------------------------------------------------------------------------------------------


async def read_site_plan(connection: AsyncConnection) -> SitePlan:
    """Everything. Raises ``ConfigError`` for a document that this version can't read."""
    queues, default = await _queues(connection)
    agents, inactive = await _agents(connection)
    skills = await connection.execute(select(SkillRow.id, SkillRow.ru, SkillRow.en).order_by(SkillRow.id))
    values = await connection.execute(
        select(ValueClassRow.id, ValueClassRow.name, ValueClassRow.value).order_by(ValueClassRow.id)
    )
    return SitePlan(
        skills=tuple(Skill(SkillId(row.id), row.ru, row.en) for row in skills),
        queues=queues,
        default_queue=default,
        teams=await _teams(connection),
        agents=agents,
        inactive=inactive,
        values=tuple(ValueClass(row.id, row.name, row.value) for row in values),
        flows=await read_flow_plan(connection),
    )


async def _queues(connection: AsyncConnection) -> tuple[tuple[Queue, ...], QueueId | None]:
    numbers: dict[str, list[str]] = defaultdict(list)
    for number, queue in await connection.execute(
        select(QueueNumberRow.number, QueueNumberRow.queue).order_by(QueueNumberRow.number)
    ):
        numbers[queue].append(number)
    required = await _levels(connection, QueueSkillRow, QueueSkillRow.queue)
    preferred = await _levels(connection, QueuePreferredRow, QueuePreferredRow.queue)
    queues: list[Queue] = []
    default: QueueId | None = None
    table = QueueRow.__table__
    for row in await connection.execute(select(table).order_by(QueueRow.position, QueueRow.id)):
        queues.append(
            Queue(
                id=QueueId(row.id),
                name=row.name,
                numbers=tuple(numbers[row.id]),
                required=tuple(required[row.id]),
                priority=row.priority,
                ring_seconds=row.ring_seconds,
                wrap_up_seconds=row.wrap_up_seconds,
                service_level_seconds=row.service_level_seconds,
                short_abandon_seconds=row.short_abandon_seconds,
                value=row.value,
                rings=tuple(_ring(ring) for ring in row.rings),
                preferred=tuple(preferred[row.id]),
                preferred_patience=row.preferred_patience,
                strategy=Strategy(row.strategy),
                preset=Preset(row.preset),
                scoring=Scoring(**row.scoring),
                most_at_once=row.most_at_once,
                record=row.record,
                auto_answer=row.auto_answer,
                wrap_up_longest=row.wrap_up_longest,
                preview_next=Preview(row.preview_next),
            )
        )
        if row.takes_unknown:
            default = QueueId(row.id)
    return tuple(queues), default


def _ring(document: Mapping[str, Any]) -> Ring:
    levels = document["required"]
    return Ring(document["after"], tuple(SkillLevel(SkillId(it["skill"]), it["level"]) for it in levels))


async def _levels(connection: AsyncConnection, table: Any, owner: Any) -> dict[str, list[SkillLevel]]:
    levels: dict[str, list[SkillLevel]] = defaultdict(list)
    for name, skill, level in await connection.execute(
        select(owner, table.skill, table.level).order_by(table.skill)
    ):
        levels[name].append(SkillLevel(SkillId(skill), level))
    return levels


async def _teams(connection: AsyncConnection) -> tuple[Team, ...]:
    queues: dict[str, list[QueueId]] = defaultdict(list)
    for team, queue in await connection.execute(
        select(TeamQueueRow.team, TeamQueueRow.queue).order_by(TeamQueueRow.position)
    ):
        queues[team].append(QueueId(queue))
    rows = await connection.execute(select(TeamRow.id, TeamRow.name).order_by(TeamRow.id))
    return tuple(Team(TeamId(row.id), row.name, tuple(queues[row.id])) for row in rows)


async def _agents(connection: AsyncConnection) -> tuple[tuple[Agent, ...], frozenset[AgentId]]:
    queues: dict[str, list[QueueId]] = defaultdict(list)
    for agent, queue in await connection.execute(
        select(AgentQueueRow.agent, AgentQueueRow.queue).order_by(AgentQueueRow.position)
    ):
        queues[agent].append(QueueId(queue))
    skills = await _levels(connection, AgentSkillRow, AgentSkillRow.agent)
    weights: dict[str, list[QueueWeight]] = defaultdict(list)
    for agent, queue, weight in await connection.execute(
        select(AgentWeightRow.agent, AgentWeightRow.queue, AgentWeightRow.weight).order_by(
            AgentWeightRow.queue
        )
    ):
        weights[agent].append(QueueWeight(QueueId(queue), weight))
    rows = await connection.execute(
        select(UserRow.login, UserRow.name, UserRow.active, AgentRow.station, AgentRow.team, AgentRow.work)
        .join(AgentRow, AgentRow.login == UserRow.login)
        .order_by(UserRow.login)
    )
    agents: list[Agent] = []
    inactive: set[AgentId] = set()
    for row in rows:
        agents.append(
            Agent(
                id=AgentId(row.login),
                name=row.name,
                station=StationId(row.station),
                queues=tuple(queues[row.login]),
                skills=tuple(skills[row.login]),
                team=None if row.team is None else TeamId(row.team),
                weights=tuple(weights[row.login]),
                work=tuple(map(Work, row.work)),
            )
        )
        if not row.active:
            inactive.add(AgentId(row.login))
    return tuple(agents), frozenset(inactive)


# --- writing ------------------------------------------------------------------------------------------


async def write_changes(connection: AsyncConnection, after: SitePlan, changes: Sequence[Change]) -> None:
    """Make the rows say what ``after`` says, of which ``changes`` are the differences from what they say
    now. ``after`` must have been checked: what it names is there, and no number is given twice."""
    named: dict[str, set[str]] = defaultdict(set)
    gone: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        (gone[change.entity].append if change.after is None else named[change.entity].add)(change.id)
    for skill in after.skills:
        if skill.id in named["skills"]:
            await _put(connection, SkillRow, {"id": skill.id, "ru": skill.ru, "en": skill.en})
    await _write_queues(connection, [queue for queue in after.queues if queue.id in named["queues"]])
    if named["default_queue"] or gone["default_queue"]:
        await _make_default(connection, after.default_queue)
    for team in after.teams:
        if team.id in named["teams"]:
            await _write_team(connection, team)
    for agent in after.agents:
        if agent.id in named["agents"]:
            await _write_agent(connection, agent)
    for value in after.values:
        if value.id in named["values"]:
            await _put(connection, ValueClassRow, {"id": value.id, "name": value.name, "value": value.value})
    flows = after.flows
    await write_hours(connection, (it for it in flows.hours if it.id in named["hours"]), gone["hours"])
    await write_flows(connection, (it for it in flows.flows if it.id in named["flows"]), gone["flows"])
    if named["emergency"]:
        await write_emergency(connection, flows.emergency)
    for entity, table in (
        ("values", ValueClassRow),
        ("teams", TeamRow),
        ("queues", QueueRow),
        ("skills", SkillRow),
    ):
        if gone[entity]:
            await connection.execute(delete(table).where(table.id.in_(gone[entity])))


async def _write_queues(connection: AsyncConnection, queues: Sequence[Queue]) -> None:
    ids = [queue.id for queue in queues]
    # All numbers first, since a number may move from one of these queues to another.
    for owner in (QueueNumberRow.queue, QueueSkillRow.queue, QueuePreferredRow.queue):
        await connection.execute(delete(owner.class_).where(owner.in_(ids)))
    last = await connection.scalar(select(func.max(QueueRow.position)))
    position = -1 if last is None else last
    for queue in queues:
        settings = queue_document(queue).model_dump(mode="json", exclude={"numbers", "required", "preferred"})
        settings["scoring"] = settings["scoring"] or {}
        changed = await connection.execute(update(QueueRow).where(QueueRow.id == queue.id).values(**settings))
        if changed.rowcount == 0:
            position += 1
            await connection.execute(
                insert(QueueRow).values(id=queue.id, position=position, takes_unknown=False, **settings)
            )
        numbers = [{"number": number, "queue": queue.id} for number in queue.numbers]
        if numbers:
            await connection.execute(insert(QueueNumberRow), numbers)
        await _add_levels(connection, QueueSkillRow, {"queue": queue.id}, queue.required)
        await _add_levels(connection, QueuePreferredRow, {"queue": queue.id}, queue.preferred)


async def _add_levels(
    connection: AsyncConnection, table: Any, owner: Mapping[str, str], levels: Sequence[SkillLevel]
) -> None:
    rows = [{**owner, "skill": held.skill, "level": held.level} for held in levels]
    if rows:
        await connection.execute(insert(table), rows)


async def _make_default(connection: AsyncConnection, queue: QueueId | None) -> None:
    await connection.execute(
        update(QueueRow).where(QueueRow.takes_unknown.is_(True)).values(takes_unknown=False)
    )
    if queue is not None:
        await connection.execute(update(QueueRow).where(QueueRow.id == queue).values(takes_unknown=True))


async def _write_team(connection: AsyncConnection, team: Team) -> None:
    await _put(connection, TeamRow, {"id": team.id, "name": team.name})
    await connection.execute(delete(TeamQueueRow).where(TeamQueueRow.team == team.id))
    rows = [
        {"team": team.id, "queue": queue, "position": position} for position, queue in enumerate(team.queues)
    ]
    if rows:
        await connection.execute(insert(TeamQueueRow), rows)


async def _write_agent(connection: AsyncConnection, agent: Agent) -> None:
    await connection.execute(
        update(AgentRow)
        .where(AgentRow.login == agent.id)
        .values(team=agent.team, work=[work.value for work in agent.work])
    )
    for owner in (AgentQueueRow.agent, AgentSkillRow.agent, AgentWeightRow.agent):
        await connection.execute(delete(owner.class_).where(owner == agent.id))
    queues = [
        {"agent": agent.id, "queue": queue, "position": position}
        for position, queue in enumerate(agent.queues)
    ]
    if queues:
        await connection.execute(insert(AgentQueueRow), queues)
    await _add_levels(connection, AgentSkillRow, {"agent": agent.id}, agent.skills)
    weights = [{"agent": agent.id, "queue": it.queue, "weight": it.weight} for it in agent.weights]
    if weights:
        await connection.execute(insert(AgentWeightRow), weights)


async def _put(connection: AsyncConnection, table: Any, values: dict[str, Any]) -> None:
    statement = upsert(connection, table).values(**values)
    changed = {name: value for name, value in values.items() if name != "id"}
    await connection.execute(statement.on_conflict_do_update(index_elements=[table.id], set_=changed))
