"""Queues and skills on the command line: all that a server needs before it starts, and for a small site all
that it ever needs. A running server follows within seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from callcenter.cli.common import CliError, account, listed, read_settings, told, with_database
from callcenter.cli.levels import levels_or_none
from callcenter.people.plan import PlanStore
from callcenter.people.rules import check_queue, check_word
from callcenter.people.views import Skill
from callcenter.storage import Database, DuplicateError
from routing.acd.model import Queue
from routing.ids import QueueId, SkillId


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """What was said of a queue; ``None`` was not."""

    name: str | None = None
    numbers: str | None = None
    require: tuple[str, ...] = ()
    no_skills: bool = False
    priority: int | None = None
    ring_seconds: int | None = None
    wrap_up_seconds: int | None = None
    service_level_seconds: int | None = None
    default: bool = False

    def on(self, queue: Queue) -> Queue:
        """``queue`` with what was said. Raises ``CliError``."""
        required = levels_or_none("--require", self.require, none=self.no_skills)
        said: dict[str, Any] = {
            "name": self.name,
            "numbers": None if self.numbers is None else tuple(listed(self.numbers)),
            "required": required,
            "priority": self.priority,
            "ring_seconds": self.ring_seconds,
            "wrap_up_seconds": self.wrap_up_seconds,
            "service_level_seconds": self.service_level_seconds,
        }
        return replace(queue, **{field: value for field, value in said.items() if value is not None})


def add_queue(path: Path | None, queue: str, options: QueueOptions) -> None:
    settings = read_settings(path)
    with told():
        new = options.on(Queue(QueueId(queue), queue, ()))
        check_queue(new)

    async def work(database: Database) -> None:
        try:
            await PlanStore(database).add_queue(new, takes_unknown=options.default, by=account())
        except DuplicateError as error:
            if error.field != "takes_unknown":
                raise
            raise CliError(
                f"--default: {error.message}; add {queue} without it, "
                f"then move them: callcenter change-queue {queue} --default"
            ) from error

    with_database(settings, work)
    print(f"The queue {queue} is there.")


def change_queue(path: Path | None, queue: str, options: QueueOptions) -> None:
    if options == QueueOptions():
        raise CliError("nothing to change; see callcenter change-queue --help")
    settings = read_settings(path)

    async def work(database: Database) -> str | None:
        plans = PlanStore(database)
        before = {known.id: known for known in await plans.queues()}
        if queue not in before:
            known = ", ".join(before) or "none yet"
            raise CliError(f"there is no queue {queue!r}; there is {known}")
        default = (await plans.load()).default_queue
        changed = options.on(before[QueueId(queue)])
        await plans.change_queue(changed, takes_unknown=options.default, by=account())
        return default

    default = with_database(settings, work)
    print(f"The queue {queue} is changed.")
    if options.default and default != queue:
        print(f"Calls to unknown numbers go to {queue} now; they went to {default}.")


def add_skill(path: Path | None, skill: str, ru: str, en: str) -> None:
    """Also renames one that is there."""
    settings = read_settings(path)
    new = Skill(SkillId(skill), ru or skill, en or skill)
    with told():
        check_word("id", new.id, new.ru, new.en)

    async def work(database: Database) -> None:
        await PlanStore(database).put_skill(new, by=account())

    with_database(settings, work)
    print(f"The skill {skill} is there.")
