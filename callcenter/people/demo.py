"""The demo's queues, words and users, from ``config/demo/data.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from callcenter.clock import Clock
from callcenter.people.plan import PlanStore
from callcenter.people.plan_file import apply_file
from callcenter.people.users import UserStore
from callcenter.people.views import Disposition, Language, PauseReason, Role, Skill, User
from callcenter.people.words import WordStore
from callcenter.storage.database import Database
from routing.acd.model import Queue, SkillLevel
from routing.ids import QueueId, SkillId, StationId


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DemoSkill(_Part):
    id: str
    ru: str
    en: str


class DemoLevel(_Part):
    skill: str
    level: int


class DemoQueue(_Part):
    id: str
    name: str
    numbers: tuple[str, ...]
    takes_unknown: bool = False
    required: tuple[DemoLevel, ...] = ()
    priority: int = 0
    ring_seconds: int = 20
    wrap_up_seconds: int = 30
    service_level_seconds: int = 20


class DemoPauseReason(_Part):
    code: str
    ru: str
    en: str


class DemoDisposition(_Part):
    code: str
    ru: str
    en: str
    queues: tuple[str, ...] = ()
    note_required: bool = False


class DemoUser(_Part):
    login: str
    name: str
    role: Role
    language: Language = Language.RU
    station: str | None = None
    queues: tuple[str, ...] = ()
    skills: Mapping[str, int] = {}


class PeopleData(BaseModel):
    """The parts of the demo's data that are about people; other parts are left to others."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    skills: tuple[DemoSkill, ...]
    queues: tuple[DemoQueue, ...]
    pause_reasons: tuple[DemoPauseReason, ...]
    dispositions: tuple[DemoDisposition, ...]
    users: tuple[DemoUser, ...]
    plan: Mapping[str, Any] = {}
    """A plan file's tables, laid over what the rest has entered."""


async def seed_people(
    database: Database, clock: Clock, data: Mapping[str, Any], password_hash: str
) -> PeopleData:
    """Enter what is not there yet; users and queues that are stay as they are. Every new user gets
    ``password_hash``. Raises pydantic's ``ValidationError`` for data that makes no sense, and
    ``PlanRefusedError``."""
    parts = PeopleData.model_validate(data)
    plan, words, users = PlanStore(database, clock), WordStore(database, clock), UserStore(database, clock)
    for skill in parts.skills:
        await plan.put_skill(Skill(SkillId(skill.id), skill.ru, skill.en))
    queues = {queue.id for queue in await plan.queues()}
    for queue in parts.queues:
        if queue.id not in queues:
            await plan.add_queue(_queue(queue), takes_unknown=queue.takes_unknown)
    if not await words.pause_reasons():
        await words.set_pause_reasons([PauseReason(r.code, r.ru, r.en) for r in parts.pause_reasons])
    if not await words.dispositions():
        await words.set_dispositions(
            [
                Disposition(d.code, d.ru, d.en, tuple(map(QueueId, d.queues)), d.note_required)
                for d in parts.dispositions
            ]
        )
    logins = {user.login for user in await users.all()}
    anew = not logins
    for user in parts.users:
        if user.login not in logins:
            await users.add(_user(user), password_hash)
    if anew:
        await plan.edit(apply_file(parts.plan, clock.now()))
    return parts


def _queue(queue: DemoQueue) -> Queue:
    return Queue(
        id=QueueId(queue.id),
        name=queue.name,
        numbers=queue.numbers,
        required=tuple(SkillLevel(SkillId(needed.skill), needed.level) for needed in queue.required),
        priority=queue.priority,
        ring_seconds=queue.ring_seconds,
        wrap_up_seconds=queue.wrap_up_seconds,
        service_level_seconds=queue.service_level_seconds,
    )


def _user(user: DemoUser) -> User:
    return User(
        login=user.login,
        name=user.name,
        role=user.role,
        language=user.language,
        active=True,
        station=None if user.station is None else StationId(user.station),
        queues=tuple(map(QueueId, user.queues)),
        skills=tuple(SkillLevel(SkillId(skill), level) for skill, level in user.skills.items()),
    )
