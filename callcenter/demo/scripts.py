"""The demo's call scripts, published and given to their queues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from callcenter.clock import Clock
from callcenter.scripts.documents import ScriptDocument
from callcenter.scripts.store import ScriptStore
from callcenter.storage import Database
from routing.ids import QueueId


class _Script(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    queues: tuple[str, ...]
    document: ScriptDocument


class _Scripts(BaseModel):
    """The part of the demo's data that is about scripts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    scripts: tuple[_Script, ...] = ()


async def seed_scripts(database: Database, clock: Clock, data: Mapping[str, Any]) -> None:
    """Enter those that are not there yet. Raises pydantic's ``ValidationError`` and ``StoreError`` for data
    that makes no sense."""
    store = ScriptStore(database, clock)
    known = {script.id for script in await store.all()}
    for script in _Scripts.model_validate(data).scripts:
        if script.id in known:
            continue
        saved = await store.save(script.id, script.document, 0)
        await store.publish(script.id, saved.version)
        await store.assign(script.id, [QueueId(queue) for queue in script.queues])
