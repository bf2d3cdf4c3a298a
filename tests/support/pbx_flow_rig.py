"""What the contract on flows needs of both PBXs beyond callers and phones: prompts, the messages left, and
the world outside that is dialled."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path
from typing import Protocol

from callcenter.simulator.outside import Outside as SimOutside
from tests.support.pbx_contract import WAIT_SECONDS, AsteriskRig, PbxRig, SimulatorRig, until
from tests.support.sipp import Plan, ScriptedOutside
from tests.support.sipp_agent import Call


class RigOutside(Protocol):
    """Whoever is dialled outside; acts when told."""

    async def rung(self) -> str:
        """The number dialled, once there is one that has not been seen before."""

    def answer(self) -> None: ...

    def decline(self, code: int) -> None: ...

    def hang_up(self) -> None: ...

    def press(self, keys: str) -> None: ...


class RealOutside:
    def __init__(self, agent: ScriptedOutside) -> None:
        self._agent = agent
        self._call: Call | None = None

    async def rung(self) -> str:
        self._call = await self._agent.next_call(seconds=WAIT_SECONDS)
        return self._call.number

    @property
    def the_call(self) -> Call:
        """The one that was dialled last."""
        assert self._call is not None
        return self._call

    def answer(self) -> None:
        self.the_call.answer()

    def decline(self, code: int) -> None:
        self.the_call.reject(code)

    def hang_up(self) -> None:
        self.the_call.hang_up()

    def press(self, keys: str) -> None:
        self.the_call.press(keys)


class _SimulatedOutside:
    def __init__(self, outside: SimOutside) -> None:
        self._outside = outside

    async def rung(self) -> str:
        await until(lambda: self._outside.ringing is not None, "nobody outside was dialled")
        ringing = self._outside.ringing
        assert ringing is not None
        return ringing

    def answer(self) -> None:
        assert self._outside.answer()

    def decline(self, code: int) -> None:
        assert self._outside.decline(code)

    def hang_up(self) -> None:
        assert self._outside.hang_up()

    def press(self, keys: str) -> None:
        assert self._outside.press(keys)


async def outside_of(rig: PbxRig) -> RigOutside:
    """The world outside a rig's trunk, which rings until told more."""
    if isinstance(rig, SimulatorRig):
        return _SimulatedOutside(rig.pbx.outside)
    assert isinstance(rig, AsteriskRig)
    return RealOutside(await rig.enter(ScriptedOutside(rig.asterisk, plan=Plan())))


def give_prompt(rig: PbxRig, language: str, name: str, seconds: float) -> None:
    """Put a prompt of that length where the PBX finds it."""
    if isinstance(rig, SimulatorRig):
        rig.pbx.shelf.put(language, name, seconds)
        return
    assert isinstance(rig, AsteriskRig)
    write_tone(rig.asterisk.prompts / language / f"{name}.wav", seconds)


def messages_of(rig: PbxRig) -> dict[str, float]:
    """The messages that callers left, by name: their seconds."""
    if isinstance(rig, SimulatorRig):
        return dict(rig.pbx.shelf.messages)
    assert isinstance(rig, AsteriskRig)
    found = {}
    for path in filter(Path.is_file, rig.asterisk.messages.glob("*.wav")):
        with wave.open(str(path)) as file:
            found[path.stem] = file.getnframes() / file.getframerate()
    return found


def fill_spool(rig: PbxRig, name: str) -> None:
    """See to it that the message of this name can't be recorded."""
    if isinstance(rig, SimulatorRig):
        rig.pbx.shelf.full = True
        return
    assert isinstance(rig, AsteriskRig)
    (rig.asterisk.messages / f"{name}.wav").mkdir(parents=True)


def write_tone(path: Path, seconds: float, *, rate: int = 8000, hertz: float = 440.0) -> None:
    """A WAV file of one tone, 16-bit mono."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = (
            round(8000 * math.sin(2 * math.pi * hertz * at / rate)) for at in range(int(seconds * rate))
        )
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
