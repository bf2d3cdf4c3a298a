"""Recordings of prompts from the upload to the caller: the row and the audio, kept as one.

The audio lies in the folder that Asterisk plays from, its digest in the database. An upload writes the
audio first and the row after it, so no flow can name what isn't there; should the row not come about, the
audio that was there before comes back. A removal takes the row first, which is refused while a flow needs
it. What a killed process leaves in between is told as a problem of that recording, and mended by the next
upload.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from callcenter.flows.errors import PromptFolderError
from callcenter.flows.store import FlowStore
from callcenter.flows.views import Missing, Prompt, Prompts, Recording
from callcenter.people.site_plan import SYSTEM, Author
from callcenter.prompts import AudioError, PromptFolder, PromptNameError, StoredPrompt
from callcenter.storage.errors import InvalidFieldError, NotFoundError
from callcenter.telephony.own_sounds import own_sound
from routing.flows.model import Emergency, FlowPlan
from routing.flows.needs import languages_spoken, prompts_needed
from routing.flows.spoken import BUILT_IN
from routing.ids import FlowId, PromptId

T = TypeVar("T")


class PromptDesk:
    """``languages`` is where a prompt is looked for that the call's language lacks, as the dialplan does.

    Every method may raise ``DatabaseUnavailableError``, and ``PromptFolderError`` for the disk."""

    def __init__(self, store: FlowStore, folder: PromptFolder, languages: Iterable[str]) -> None:
        self.folder = folder
        self._store = store
        self._languages = tuple(languages)
        self._one_at_a_time = asyncio.Lock()

    async def prompts(self) -> Prompts:
        """What there is, and what callers would miss by the plan in force."""
        plan = await self._store.load()
        rows = await self._store.prompts()
        problems = await self._on_disk(lambda: {_key(row): self._problem(row) for row in rows})
        using = _using(plan)
        return Prompts(
            tuple(Recording(row, problems[_key(row)], using.get(row.id, ())) for row in rows),
            await self._missing(plan, using),
        )

    async def missing(self, plan: FlowPlan) -> tuple[Missing, ...]:
        """What callers of this plan would miss, by prompt and language. Never asks the database."""
        return await self._missing(plan, _using(plan))

    async def put(self, prompt: str, language: str, data: bytes, *, by: Author = SYSTEM) -> Prompt:
        """Convert a WAV or MP3 and keep it, in place of what was there. Raises ``InvalidFieldError``
        (``id``, ``language``, or ``audio`` with the remedy); what was there stays then."""
        async with self._one_at_a_time:
            before = await self._on_disk(lambda: self.folder.read(language, prompt))
            stored = await self._on_disk(lambda: self.folder.put(language, prompt, data))
            try:
                return await self._enter(stored, by)
            except BaseException:
                # Shielded: a browser that goes away in the midst must not leave half of it.
                await asyncio.shield(self._put_back(language, prompt, before))
                raise

    async def remove(self, prompt: str, language: str, *, by: Author = SYSTEM) -> None:
        """Raises ``NotFoundError``, and ``PlanRefusedError`` while a flow plays it and no other language is
        left."""
        async with self._one_at_a_time:
            try:
                await self._store.remove_prompt(PromptId(prompt), language, by=by)
            except NotFoundError:
                # A removal that was cut short after the row.
                if not await self._on_disk(lambda: self.folder.remove(language, prompt)):
                    raise
                return
            await self._on_disk(lambda: self.folder.remove(language, prompt))

    async def audio(self, prompt: str, language: str) -> bytes:
        """The WAV that callers hear. Raises ``NotFoundError``."""
        found = await self._on_disk(lambda: self.folder.read(language, prompt))
        if found is None:
            raise NotFoundError("prompt", f"there is no audio of {prompt} in {language}; upload it")
        return found

    async def _enter(self, stored: StoredPrompt, by: Author) -> Prompt:
        audio = await self.audio(stored.name, stored.language)
        digest = hashlib.sha256(audio).hexdigest()
        return await self._store.put_prompt(
            PromptId(stored.name), stored.language, digest, stored.seconds or 0.0, by=by
        )

    async def _put_back(self, language: str, prompt: str, before: bytes | None) -> None:
        if before is None:
            await self._on_disk(lambda: self.folder.remove(language, prompt))
        else:
            await self._on_disk(lambda: self.folder.put_back(language, prompt, before))

    async def _missing(
        self, plan: FlowPlan, using: dict[PromptId, tuple[FlowId, ...]]
    ) -> tuple[Missing, ...]:
        names, spoken = prompts_needed(plan), languages_spoken(plan) or self._languages[:1]
        # The call's own language goes first, then those of the dialplan.
        looked = dict.fromkeys((*spoken, *self._languages))
        found = await self._on_disk(lambda: self.folder.missing(names, looked))
        heard = {(one.name, one.language) for one in found}
        return tuple(
            Missing(
                PromptId(one.name),
                one.language,
                one.problem,
                _must_say(one.name, one.language),
                next((it for it in self._languages if (one.name, it) not in heard), None),
                using.get(PromptId(one.name), ()),
            )
            for one in found
            if one.language in spoken and own_sound(one.name, one.language) is None
        )

    def _problem(self, row: Prompt) -> str | None:
        for one in self.folder.missing((row.id,), (row.language,)):
            return one.problem
        audio = self.folder.read(row.language, row.id) or b""
        if hashlib.sha256(audio).hexdigest() != row.sha256:
            return "its file is another one than was uploaded last: upload it again"
        return None

    async def _on_disk(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except PromptNameError as error:
            raise InvalidFieldError(error.field, str(error)) from error
        except AudioError as error:
            raise InvalidFieldError("audio", f"{error.problem}; {error.remedy}") from error
        except OSError as error:
            raise PromptFolderError(
                "prompts",
                f"the folder of prompts {self.folder.path} can't be used ({error.strerror}): "
                "make it, writable for callcenter (asterisk.prompts_dir)",
            ) from error


def _key(row: Prompt) -> tuple[str, str]:
    return row.id, row.language


def _using(plan: FlowPlan) -> dict[PromptId, tuple[FlowId, ...]]:
    """The flows that play each prompt."""
    using: dict[PromptId, tuple[FlowId, ...]] = {}
    for flow in plan.flows:
        for prompt in prompts_needed(replace(plan, flows=(flow,), emergency=Emergency())):
            using[prompt] = (*using.get(prompt, ()), flow.id)
    return using


def _must_say(name: str, language: str) -> str | None:
    words = BUILT_IN.get(PromptId(name))
    if words is None:
        return None
    return words.ru if language.partition("_")[0] == "ru" else words.en
