"""The demo's recordings: spoken by espeak-ng where it is installed, else a few tones, so that menus work
everywhere."""

from __future__ import annotations

import asyncio
import io
import math
import struct
import tomllib
import wave
from pathlib import Path

from callcenter.flows.prompts import PromptDesk
from callcenter.flows.speaking import speak_built_in
from callcenter.prompts.speech import INSTALL, available, speak

LANGUAGE = "ru"
"""Of the demo's flows."""
_RATE = 8000
_NOTES = (523.0, 659.0, 784.0)


async def seed_prompts(desk: PromptDesk, file: Path) -> str:
    """Enter the ``[[prompts]]`` of the demo's data and the product's own; a line for the screen when they
    could not be spoken, else nothing."""
    data = tomllib.loads(await asyncio.to_thread(file.read_text, encoding="utf-8"))
    spoken = available()
    for one in data["prompts"]:
        audio = await asyncio.to_thread(speak, one[LANGUAGE], LANGUAGE) if spoken else _tones()
        await desk.put(one["id"], LANGUAGE, audio)
    if spoken:
        await speak_built_in(desk, (LANGUAGE,))
        return ""
    return f"Menus are tones here, since espeak-ng is missing; {INSTALL}"


def _tones() -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(_RATE)
        for note in _NOTES:
            samples = (round(9000 * math.sin(2 * math.pi * note * at / _RATE)) for at in range(_RATE // 3))
            wav.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return stream.getvalue()
