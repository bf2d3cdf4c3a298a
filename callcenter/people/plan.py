"""The plan as it is kept: what the router is given, and the one way to change it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from callcenter.clock import Clock, SystemClock
from callcenter.people import edits
from callcenter.people.changes import Edited, make_edit, try_edit
from callcenter.people.mistakes import PlanRefusedError
from callcenter.people.plan_rows import VERSION, read_site_plan
from callcenter.people.rules import check_queue, check_word
from callcenter.people.site_plan import SYSTEM, Author, Edit, SitePlan
from callcenter.people.views import Skill
from callcenter.storage.counters import value_of
from callcenter.storage.database import Database
from callcenter.storage.errors import StoreError, UnknownReferenceError, duplicate
from routing.acd.model import Queue, RoutingPlan


class PlanStore:
    """Every method may raise ``DatabaseUnavailableError``, and ``ConfigError`` for a plan that was kept by
    another version and can't be read by this one."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def load(self) -> RoutingPlan:
        """The plan: queues in their order, active agents by login.

        Raises ``ConfigError`` when there is no queue, since a call must have somewhere to go."""
        return (await self.site_plan()).routing()

    async def site_plan(self) -> SitePlan:
        """Everything that is configured."""
        async with self._database.read() as connection:
            return await read_site_plan(connection)

    async def version(self) -> int:
        """Grows with each change of the plan, of flows and of people, by any node; cheap to ask, so that
        nodes notice."""
        async with self._database.read() as connection:
            return await value_of(connection, VERSION)

    async def edit(self, edit: Edit, *, by: Author = SYSTEM, dry_run: bool = False) -> Edited:
        """Change the plan, or with ``dry_run`` only see what that would come to. All of it is done or
        nothing, and what was in force stays in force when it is refused.

        Raises ``PlanRefusedError`` with every mistake, and what ``edit`` raises. ``edit`` is called in a
        thread, within a transaction, so it must be quick and touch nothing else."""
        try:
            if dry_run:
                async with self._database.read() as connection:
                    return await try_edit(connection, edit, self._clock.now())
            async with self._database.write() as connection:
                return await make_edit(connection, edit, by, self._clock.now())
        except IntegrityError as error:
            raise duplicate(error) from error

    async def queues(self) -> Sequence[Queue]:
        return list((await self.site_plan()).queues)

    async def add_queue(self, queue: Queue, *, takes_unknown: bool = False, by: Author = SYSTEM) -> None:
        """Put a queue after the others; see ``edits.add_queue``.

        Raises ``DuplicateError`` (``id``, ``numbers``, ``takes_unknown``), ``UnknownReferenceError``
        (``required``, ``preferred``, ``rings``), ``InvalidFieldError`` and ``PlanRefusedError``."""
        check_queue(queue)
        await self._of_queue(queue, edits.add_queue(queue, takes_unknown=takes_unknown), by)

    async def change_queue(self, queue: Queue, *, takes_unknown: bool = False, by: Author = SYSTEM) -> None:
        """Replace the queue of this id; the place and, unless ``takes_unknown``, the default stay.

        Raises ``NotFoundError`` (``queue``), and as ``add_queue`` does."""
        check_queue(queue)
        edit = edits.change_queue(queue.id, lambda _: queue, takes_unknown=takes_unknown)
        await self._of_queue(queue, edit, by)

    async def skills(self) -> Sequence[Skill]:
        return list((await self.site_plan()).skills)

    async def put_skill(self, skill: Skill, *, by: Author = SYSTEM) -> None:
        """Add a skill, or rename it. Raises ``InvalidFieldError`` (``id``, ``ru``, ``en``)."""
        check_word("id", skill.id, skill.ru, skill.en)
        await self.edit(edits.put_skill(skill), by=by)

    async def _of_queue(self, queue: Queue, edit: Edit, by: Author) -> None:
        try:
            await self.edit(edit, by=by)
        except PlanRefusedError as error:
            raise _within(f"queues.{queue.id}.", error) from error


def _within(place: str, error: PlanRefusedError) -> StoreError:
    """A refusal for one unknown name in what was given, by the field; any other as it is."""
    first = error.mistakes[0]
    if len(error.mistakes) > 1 or not first.place.startswith(place) or not first.code.startswith("unknown_"):
        return error
    field = first.place.removeprefix(place).partition(".")[0]
    kind = first.code.removeprefix("unknown_")
    return UnknownReferenceError(field, f"there is no {kind} {first.parameters['name']}")
