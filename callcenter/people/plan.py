"""The routing plan as it is kept: queues with their numbers, skills, and the agents who serve them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.errors import ConfigError
from callcenter.people.models import (
    AgentQueueRow,
    AgentRow,
    AgentSkillRow,
    QueueNumberRow,
    QueueRow,
    QueueSkillRow,
    SkillRow,
    UserRow,
)
from callcenter.people.rules import check_queue, check_word
from callcenter.people.views import Skill
from callcenter.storage.counters import advance, upsert, value_of
from callcenter.storage.database import Database
from callcenter.storage.errors import DuplicateError, NotFoundError, UnknownReferenceError, duplicate
from routing.acd.model import Agent, Queue, RoutingPlan, SkillLevel
from routing.ids import AgentId, QueueId, SkillId, StationId

_VERSION = "routing_plan"


async def plan_changed(connection: AsyncConnection) -> None:
    """Note, in the same transaction, that the plan is another one now."""
    await advance(connection, _VERSION)


class PlanStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> RoutingPlan:
        """The plan: queues in their order, active agents by login.

        Raises ``ConfigError`` when there is no queue, since a call must have somewhere to go."""
        async with self._database.read() as connection:
            queues, default = await _queues(connection)
            agents = await _agents(connection)
        if not queues:
            raise ConfigError(
                "the database",
                "there is no queue to route to",
                "Add one: callcenter add-queue NAME --default",
            )
        return RoutingPlan(tuple(queues), tuple(agents), default or queues[0].id)

    async def version(self) -> int:
        """Grows with each change of the plan, by any node; cheap to ask, so that nodes notice."""
        async with self._database.read() as connection:
            return await value_of(connection, _VERSION)

    async def queues(self) -> Sequence[Queue]:
        async with self._database.read() as connection:
            return (await _queues(connection))[0]

    async def add_queue(self, queue: Queue, *, takes_unknown: bool = False) -> None:
        """Put a queue after the others. ``takes_unknown`` makes it the default queue, if none was made so
        yet: ``change_queue`` moves the default, so that nobody does by adding.

        Raises ``DuplicateError`` (``id``, ``numbers``, ``takes_unknown``), ``UnknownReferenceError``
        (``required``) and ``InvalidFieldError``."""
        check_queue(queue)
        try:
            async with self._database.write() as connection:
                last = await connection.scalar(select(func.max(QueueRow.position)))
                await connection.execute(
                    insert(QueueRow).values(
                        id=queue.id,
                        position=(-1 if last is None else last) + 1,
                        takes_unknown=False,
                        **_settings(queue),
                    )
                )
                await _set_parts(connection, queue)
                if takes_unknown:
                    other = await connection.scalar(
                        select(QueueRow.id).where(QueueRow.takes_unknown.is_(True))
                    )
                    if other is not None:
                        raise DuplicateError(
                            "takes_unknown", f"{other} takes the calls to unknown numbers already"
                        )
                    await _make_default(connection, queue.id)
                await plan_changed(connection)
        except IntegrityError as error:
            raise duplicate(error) from error

    async def change_queue(self, queue: Queue, *, takes_unknown: bool = False) -> None:
        """Replace the queue of this id; the place and, unless ``takes_unknown``, the default stay.

        Raises ``NotFoundError`` (``queue``), and as ``add_queue`` does."""
        check_queue(queue)
        try:
            async with self._database.write() as connection:
                changed = await connection.execute(
                    update(QueueRow).where(QueueRow.id == queue.id).values(**_settings(queue))
                )
                if changed.rowcount == 0:
                    raise NotFoundError("queue", f"there is no {queue.id}")
                await _set_parts(connection, queue)
                if takes_unknown:
                    await _make_default(connection, queue.id)
                await plan_changed(connection)
        except IntegrityError as error:
            raise duplicate(error) from error

    async def skills(self) -> Sequence[Skill]:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(SkillRow.id, SkillRow.ru, SkillRow.en).order_by(SkillRow.id)
            )
            return [Skill(SkillId(row.id), row.ru, row.en) for row in rows]

    async def put_skill(self, skill: Skill) -> None:
        """Add a skill, or rename it. Raises ``InvalidFieldError`` (``id``, ``ru``, ``en``)."""
        check_word("id", skill.id, skill.ru, skill.en)
        async with self._database.write() as connection:
            statement = upsert(connection, SkillRow).values(id=skill.id, ru=skill.ru, en=skill.en)
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[SkillRow.id], set_={"ru": skill.ru, "en": skill.en}
                )
            )


def _settings(queue: Queue) -> dict[str, Any]:
    return {
        "name": queue.name,
        "priority": queue.priority,
        "ring_seconds": queue.ring_seconds,
        "wrap_up_seconds": queue.wrap_up_seconds,
        "service_level_seconds": queue.service_level_seconds,
        "short_abandon_seconds": queue.short_abandon_seconds,
    }


async def _set_parts(connection: AsyncConnection, queue: Queue) -> None:
    wanted = {str(needed.skill) for needed in queue.required}
    known = set(await connection.scalars(select(SkillRow.id).where(SkillRow.id.in_(wanted))))
    if unknown := sorted(wanted - known):
        raise UnknownReferenceError("required", f"there is no skill {', '.join(unknown)}")
    taken = (
        await connection.execute(
            select(QueueNumberRow.number, QueueNumberRow.queue)
            .where(QueueNumberRow.number.in_(queue.numbers), QueueNumberRow.queue != queue.id)
            .order_by(QueueNumberRow.number)
        )
    ).first()
    if taken is not None:
        raise DuplicateError("numbers", f"{taken.number} leads to {taken.queue} already")
    await connection.execute(delete(QueueNumberRow).where(QueueNumberRow.queue == queue.id))
    await connection.execute(delete(QueueSkillRow).where(QueueSkillRow.queue == queue.id))
    numbers = [{"number": number, "queue": queue.id} for number in dict.fromkeys(queue.numbers)]
    if numbers:
        await connection.execute(insert(QueueNumberRow), numbers)
    levels = {needed.skill: needed.level for needed in queue.required}
    skills = [{"queue": queue.id, "skill": skill, "level": level} for skill, level in levels.items()]
    if skills:
        await connection.execute(insert(QueueSkillRow), skills)


async def _make_default(connection: AsyncConnection, queue: QueueId) -> None:
    await connection.execute(
        update(QueueRow).where(QueueRow.takes_unknown.is_(True)).values(takes_unknown=False)
    )
    await connection.execute(update(QueueRow).where(QueueRow.id == queue).values(takes_unknown=True))


async def _queues(connection: AsyncConnection) -> tuple[list[Queue], QueueId | None]:
    numbers: dict[str, list[str]] = defaultdict(list)
    for number, queue in await connection.execute(
        select(QueueNumberRow.number, QueueNumberRow.queue).order_by(QueueNumberRow.number)
    ):
        numbers[queue].append(number)
    required: dict[str, list[SkillLevel]] = defaultdict(list)
    for queue, skill, level in await connection.execute(
        select(QueueSkillRow.queue, QueueSkillRow.skill, QueueSkillRow.level).order_by(QueueSkillRow.skill)
    ):
        required[queue].append(SkillLevel(SkillId(skill), level))
    table = QueueRow.__table__
    queues: list[Queue] = []
    default: QueueId | None = None
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
            )
        )
        if row.takes_unknown:
            default = QueueId(row.id)
    return queues, default


async def _agents(connection: AsyncConnection) -> list[Agent]:
    queues: dict[str, list[QueueId]] = defaultdict(list)
    for agent, queue in await connection.execute(
        select(AgentQueueRow.agent, AgentQueueRow.queue).order_by(AgentQueueRow.position)
    ):
        queues[agent].append(QueueId(queue))
    skills: dict[str, list[SkillLevel]] = defaultdict(list)
    for agent, skill, level in await connection.execute(
        select(AgentSkillRow.agent, AgentSkillRow.skill, AgentSkillRow.level).order_by(AgentSkillRow.skill)
    ):
        skills[agent].append(SkillLevel(SkillId(skill), level))
    rows = await connection.execute(
        select(UserRow.login, UserRow.name, AgentRow.station)
        .join(AgentRow, AgentRow.login == UserRow.login)
        .where(UserRow.active.is_(True))
        .order_by(UserRow.login)
    )
    return [
        Agent(
            AgentId(row.login),
            row.name,
            StationId(row.station),
            tuple(queues[row.login]),
            tuple(skills[row.login]),
        )
        for row in rows
    ]
