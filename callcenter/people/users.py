"""Users and the agents among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.clock import Clock
from callcenter.people.changes import judge, record
from callcenter.people.models import AgentQueueRow, AgentRow, AgentSkillRow, QueueRow, SkillRow, UserRow
from callcenter.people.plan_rows import plan_changed, read_site_plan
from callcenter.people.rules import CODE, LOGIN, STATION, check_level, check_name
from callcenter.people.site_plan import SYSTEM, Author, Change
from callcenter.people.views import Language, Role, User, UserChanges
from callcenter.storage.database import Database
from callcenter.storage.errors import InvalidFieldError, UnknownReferenceError, duplicate
from routing.acd.model import SkillLevel
from routing.ids import QueueId, SkillId, StationId


class UserStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(self, login: str) -> User | None:
        async with self._database.read() as connection:
            return next(iter(await _users(connection, login)), None)

    async def all(self) -> Sequence[User]:
        """Everyone, by login."""
        async with self._database.read() as connection:
            return await _users(connection)

    async def password_hash(self, login: str) -> str | None:
        """The stored hash; ``None`` for nobody, and for someone who has no password."""
        async with self._database.read() as connection:
            found = await connection.scalar(select(UserRow.password_hash).where(UserRow.login == login))
            return found or None

    async def add(self, user: User, password_hash: str, *, by: Author = SYSTEM) -> None:
        """Raises ``DuplicateError`` (``login``, ``station``), ``UnknownReferenceError`` (``queues``,
        ``skills``), ``InvalidFieldError``, ``PlanRefusedError``."""
        check_user(user)
        now = self._clock.now()
        try:
            async with self._database.write() as connection:
                await plan_changed(connection)
                before = await read_site_plan(connection)
                await connection.execute(
                    insert(UserRow).values(
                        login=user.login,
                        name=user.name,
                        role=user.role.value,
                        password_hash=password_hash,
                        language=user.language.value,
                        active=user.active,
                        created_at=now,
                        updated_at=now,
                    )
                )
                await _set_agent(connection, user)
                after = await read_site_plan(connection)
                _, changes = await judge(before, after, now)
                entry = Change("users", user.login, None, _document(user))
                await record(connection, [entry, *changes], by, now)
        except IntegrityError as error:
            raise duplicate(error) from error

    async def change(self, login: str, changes: UserChanges, *, by: Author = SYSTEM) -> User | None:
        """The user afterwards, ``None`` for nobody. Raises as ``add`` does; but nobody is kept from being
        switched off, from losing the phone, or from being moved to other queues, because a queue would be
        left without anyone who could serve it."""
        if changes.name is not None:
            check_name("name", changes.name)
        _check_lists(changes.queues or (), changes.skills or ())
        values: dict[str, Any] = {
            field: value
            for field in ("name", "role", "language", "active", "password_hash")
            if (value := getattr(changes, field)) is not None
        }
        now = self._clock.now()
        try:
            async with self._database.write() as connection:
                await plan_changed(connection)
                plan = await read_site_plan(connection)
                before = next(iter(await _users(connection, login)), None)
                if before is None:
                    return None
                await connection.execute(
                    update(UserRow).where(UserRow.login == login).values(**values, updated_at=now)
                )
                if changes.station not in (None, "", before.station):
                    STATION.check("station", changes.station or "")
                await _set_agent(connection, _with_agent(before, changes))
                (after,) = await _users(connection, login)
                plan_after = await read_site_plan(connection)
                leaves = changes.active is False or changes.station == "" or changes.queues is not None
                _, different = await judge(plan, plan_after, now, people_leave=leaves)
                await record(connection, [*_difference(before, after, changes), *different], by, now)
                return after
        except IntegrityError as error:
            raise duplicate(error) from error


def check_user(user: User) -> None:
    """All that can be said of a new user by himself. Raises ``InvalidFieldError``."""
    LOGIN.check("login", user.login)
    check_name("name", user.name)
    if user.station is not None:
        STATION.check("station", user.station)
    _check_lists(user.queues, user.skills)


def _document(user: User, *, password_changed: bool = False) -> dict[str, Any]:
    """For the audit trail: the person without the agent's routing, which has entries of its own, and
    without the password."""
    document = {
        "name": user.name,
        "role": user.role.value,
        "language": user.language.value,
        "active": user.active,
        "station": user.station,
    }
    return {**document, "password_changed": True} if password_changed else document


def _difference(before: User, after: User, changes: UserChanges) -> list[Change]:
    old = _document(before)
    new = _document(after, password_changed=changes.password_hash is not None)
    return [Change("users", after.login, old, new)] if old != new else []


def _check_lists(queues: Sequence[QueueId], skills: Sequence[SkillLevel]) -> None:
    for queue in queues:
        CODE.check("queues", queue)
    for held in skills:
        check_level("skills", held)


def _with_agent(user: User, changes: UserChanges) -> User:
    station = user.station if changes.station is None else StationId(changes.station) or None
    away = station is None and changes.station is not None
    queues = changes.queues if changes.queues is not None else () if away else user.queues
    skills = changes.skills if changes.skills is not None else () if away else user.skills
    return User(user.login, user.name, user.role, user.language, user.active, station, queues, skills)


async def _users(connection: AsyncConnection, login: str | None = None) -> list[User]:
    users = select(
        UserRow.login, UserRow.name, UserRow.role, UserRow.language, UserRow.active, AgentRow.station
    ).join(AgentRow, AgentRow.login == UserRow.login, isouter=True)
    queues = select(AgentQueueRow.agent, AgentQueueRow.queue)
    skills = select(AgentSkillRow.agent, AgentSkillRow.skill, AgentSkillRow.level)
    if login is not None:
        users = users.where(UserRow.login == login)
        queues = queues.where(AgentQueueRow.agent == login)
        skills = skills.where(AgentSkillRow.agent == login)
    serves: dict[str, list[QueueId]] = defaultdict(list)
    for agent, queue in await connection.execute(queues.order_by(AgentQueueRow.position)):
        serves[agent].append(QueueId(queue))
    knows: dict[str, list[SkillLevel]] = defaultdict(list)
    for agent, skill, level in await connection.execute(skills.order_by(AgentSkillRow.skill)):
        knows[agent].append(SkillLevel(SkillId(skill), level))
    return [
        User(
            login=row.login,
            name=row.name,
            role=Role(row.role),
            language=Language(row.language),
            active=row.active,
            station=None if row.station is None else StationId(row.station),
            queues=tuple(serves[row.login]),
            skills=tuple(knows[row.login]),
        )
        for row in await connection.execute(users.order_by(UserRow.login))
    ]


async def _set_agent(connection: AsyncConnection, user: User) -> None:
    """Make the agent's rows say what ``user`` says."""
    if user.station is None:
        if user.queues or user.skills:
            raise InvalidFieldError("station", "is needed by someone who serves queues or has skills")
        await connection.execute(delete(AgentRow).where(AgentRow.login == user.login))
        return
    await _check_known(connection, "queues", QueueRow.id, {str(queue) for queue in user.queues})
    await _check_known(connection, "skills", SkillRow.id, {str(held.skill) for held in user.skills})
    changed = await connection.execute(
        update(AgentRow).where(AgentRow.login == user.login).values(station=user.station)
    )
    if changed.rowcount == 0:
        await connection.execute(insert(AgentRow).values(login=user.login, station=user.station))
    await connection.execute(delete(AgentQueueRow).where(AgentQueueRow.agent == user.login))
    await connection.execute(delete(AgentSkillRow).where(AgentSkillRow.agent == user.login))
    queues = [
        {"agent": user.login, "queue": queue, "position": position}
        for position, queue in enumerate(dict.fromkeys(user.queues))
    ]
    if queues:
        await connection.execute(insert(AgentQueueRow), queues)
    levels = {held.skill: held.level for held in user.skills}
    skills = [{"agent": user.login, "skill": skill, "level": level} for skill, level in levels.items()]
    if skills:
        await connection.execute(insert(AgentSkillRow), skills)


async def _check_known(connection: AsyncConnection, field: str, key: Any, wanted: set[str]) -> None:
    if not wanted:
        return
    known = set(await connection.scalars(select(key).where(key.in_(wanted))))
    if unknown := sorted(wanted - known):
        raise UnknownReferenceError(field, f"there is no {', '.join(unknown)}")
