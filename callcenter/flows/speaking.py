"""The product's own prompts, spoken by espeak-ng where nobody has recorded them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from callcenter.flows.prompts import PromptDesk
from callcenter.people.site_plan import SYSTEM, Author
from callcenter.prompts.speech import speak
from callcenter.telephony.own_sounds import own_sound
from routing.flows.spoken import BUILT_IN


async def speak_built_in(
    desk: PromptDesk, languages: Iterable[str], *, everything: bool = False, by: Author = SYSTEM
) -> list[str]:
    """Speak what is not there yet, with ``everything`` also what Asterisk's own recordings say as well; the
    names of what was made. A language that the product has no words in is left out. Raises
    ``SpeechError``, and as ``PromptDesk.put``."""
    recordings = (await desk.prompts()).recordings
    have = {(one.prompt.id, one.prompt.language) for one in recordings if not one.problem}
    made = []
    for language in languages:
        for prompt, words in BUILT_IN.items():
            text = {"ru": words.ru, "en": words.en}.get(language.partition("_")[0])
            known = own_sound(prompt, language) is not None and not everything
            if text is None or known or (prompt, language) in have:
                continue
            await desk.put(prompt, language, await asyncio.to_thread(speak, text, language), by=by)
            made.append(f"{prompt} ({language})")
    return made
