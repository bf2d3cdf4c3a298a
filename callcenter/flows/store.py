"""Flows, hours and the emergency closing as the router is given them, and the recordings of prompts.

Flows are changed as the whole plan is (``people.plan.PlanStore.edit``), and share its version: a change of
either is noticed by every node within seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.clock import Clock, SystemClock
from callcenter.flows.models import PromptRow
from callcenter.flows.rows import read_flow_plan
from callcenter.flows.views import Prompt
from callcenter.people.changes import judge, record
from callcenter.people.plan_rows import plan_changed, read_site_plan
from callcenter.people.rules import CODE
from callcenter.people.site_plan import SYSTEM, Author, Change
from callcenter.storage.database import Database
from callcenter.storage.errors import InvalidFieldError, NotFoundError
from routing.flows.model import FlowPlan
from routing.ids import PromptId


class FlowStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def load(self) -> FlowPlan:
        """Raises ``ConfigError`` for a plan that was kept by another version and can't be read by this
        one."""
        async with self._database.read() as connection:
            return await read_flow_plan(connection)

    async def prompts(self) -> Sequence[Prompt]:
        """Every recording, by prompt and language."""
        async with self._database.read() as connection:
            return await _prompts(connection)

    async def put_prompt(
        self, prompt: PromptId, language: str, sha256: str, seconds: float, *, by: Author = SYSTEM
    ) -> Prompt:
        """Enter a recording, or replace the one of this prompt in this language. The audio must be in its
        place already. Raises ``InvalidFieldError`` (``id``, ``language``, ``sha256``, ``seconds``)."""
        CODE.check("id", prompt)
        CODE.check("language", language)
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise InvalidFieldError("sha256", "is 64 hex digits")
        if not 0 < seconds < 3600:
            raise InvalidFieldError("seconds", "is more than 0 and less than an hour")
        now = self._clock.now()
        made = Prompt(prompt, language, sha256, seconds, by.who, now)
        async with self._database.write() as connection:
            await plan_changed(connection)
            before = await _find(connection, prompt, language)
            await _remove(connection, prompt, language)
            await connection.execute(insert(PromptRow).values(**asdict(made)))
            change = Change("prompts", prompt, None if before is None else asdict(before), asdict(made))
            await record(connection, [change], by, now)
        return made

    async def remove_prompt(self, prompt: PromptId, language: str, *, by: Author = SYSTEM) -> None:
        """Forget a recording; the audio is for the caller to remove then. Raises ``NotFoundError``
        (``prompt``), and ``PlanRefusedError`` while a flow plays it and no other language is left."""
        now = self._clock.now()
        async with self._database.write() as connection:
            await plan_changed(connection)
            plan = await read_site_plan(connection)
            before = await _find(connection, prompt, language)
            if before is None:
                raise NotFoundError("prompt", f"there is no {prompt} in {language}")
            await _remove(connection, prompt, language)
            await judge(plan, await read_site_plan(connection), now)
            await record(connection, [Change("prompts", prompt, asdict(before), None)], by, now)


async def _prompts(connection: AsyncConnection) -> list[Prompt]:
    rows = await connection.execute(select(PromptRow.__table__).order_by(PromptRow.id, PromptRow.language))
    return [
        Prompt(PromptId(row.id), row.language, row.sha256, row.seconds, row.uploaded_by, row.uploaded_at)
        for row in rows
    ]


async def _find(connection: AsyncConnection, prompt: str, language: str) -> Prompt | None:
    known = {(one.id, one.language): one for one in await _prompts(connection)}
    return known.get((PromptId(prompt), language))


async def _remove(connection: AsyncConnection, prompt: str, language: str) -> None:
    await connection.execute(delete(PromptRow).where(PromptRow.id == prompt, PromptRow.language == language))
