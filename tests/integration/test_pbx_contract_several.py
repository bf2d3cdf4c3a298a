"""Several phones rung at once for one caller: who answers first has him. On both PBXs, as in
``test_pbx_contract``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.support.pbx_contract import STATIONS, ContractAmi, PbxRig, RigPhone, open_rig
from tests.support.pbx_stage import Stage, compare
from tests.support.pbx_transcript import about, check_causality, transcript

FIRST, SECOND = STATIONS


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    async with open_rig(request) as one:
        yield one


Play = Callable[[Stage], Awaitable[None]]


async def ring_all(stage: Stage, *stations: str) -> int:
    """One Redirect for all of them; returns the place before it in the frames."""
    since = stage.mark()
    together = "&".join(f"PJSIP/{station}" for station in stations)
    await stage.ami.action("Setvar", Channel=stage.caller, Variable="CC_STATIONS", Value=together)
    await stage.redirect("cc-dial", "several")
    return since


async def both_ring(stage: Stage, *, seconds: int = 0) -> tuple[RigPhone, RigPhone, int]:
    first, second = await stage.phone(FIRST), await stage.phone(SECOND)
    await stage.arrive()
    if seconds:
        await stage.ami.action("Setvar", Channel=stage.caller, Variable="CC_RING", Value=seconds)
    since = await ring_all(stage, FIRST, SECOND)
    for phone in (first, second):
        await phone.rung()
        await stage.ami.event(
            "DeviceStateChange", since=since, Device=f"PJSIP/{phone.station}", State="RINGING"
        )
    await stage.ami.quiet()
    return first, second, since


async def talks(stage: Stage, phone: RigPhone, since: int) -> None:
    phone.answer()
    await stage.ami.event("BridgeEnter", since=since, BridgeNumChannels="2")
    await stage.ami.event("DeviceStateChange", since=since, Device=f"PJSIP/{phone.station}", State="INUSE")
    await stage.ami.quiet()


async def several_second_answers(stage: Stage) -> None:
    _, second, since = await both_ring(stage)
    await stage.lists("both ringing")
    await talks(stage, second, since)
    await stage.lists("one talking")
    second.hang_up()
    await stage.gone()


async def several_one_declines_and_another_answers(stage: Stage) -> None:
    first, second, since = await both_ring(stage)
    first.decline(486)
    await stage.ami.event("DialEnd", since=since, DialStatus="BUSY")
    await stage.ami.quiet()
    await talks(stage, second, since)
    await stage.hang_up()


async def several_all_decline(stage: Stage) -> None:
    first, second, since = await both_ring(stage)
    first.decline(603)
    await stage.ami.event("DialEnd", since=since)
    await stage.ami.quiet()
    second.decline(486)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def several_caller_leaves(stage: Stage) -> None:
    await both_ring(stage)
    await stage.hang_up()


async def several_nobody_answers(stage: Stage) -> None:
    _, _, since = await both_ring(stage, seconds=1)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def several_one_is_taken_out_by_us(stage: Stage) -> None:
    _, second, since = await both_ring(stage)
    (leg,) = [
        dict(frame)["Uniqueid"]
        for frame in stage.ami.frames[since:]
        if frame[0] == ("Event", "Newchannel") and dict(frame)["Channel"].startswith(f"PJSIP/{FIRST}-")
    ]
    await stage.ami.action("Hangup", Channel=leg, Cause=16)
    await stage.ami.event("Hangup", since=since, Uniqueid=leg)
    await stage.ami.quiet()
    await talks(stage, second, since)
    await stage.hang_up()


async def several_with_one_unregistered(stage: Stage) -> None:
    first = await stage.phone(FIRST)
    await stage.arrive()
    since = await ring_all(stage, SECOND, FIRST)
    await first.rung()
    await stage.ami.event("DeviceStateChange", since=since, State="RINGING")
    await stage.ami.quiet()
    first.decline(486)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def several_that_are_not_there(stage: Stage) -> None:
    await stage.arrive()
    since = await ring_all(stage, SECOND, "a4999")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


SCENARIOS: tuple[Play, ...] = (
    several_second_answers,
    several_one_declines_and_another_answers,
    several_all_decline,
    several_caller_leaves,
    several_nobody_answers,
    several_one_is_taken_out_by_us,
    several_with_one_unregistered,
    several_that_are_not_there,
)


@pytest.mark.parametrize("play", SCENARIOS, ids=lambda play: play.__name__)
async def test_says_what_asterisk_says(rig: PbxRig, play: Play) -> None:
    async with ContractAmi(rig) as ami:
        stage = Stage(rig, ami)
        await stage.heartbeat()
        since = stage.mark()
        try:
            await play(stage)
            await ami.quiet()
        finally:
            # Callers of a scenario that failed must not go on into the next one.
            if stage.caller:
                await ami.action("Hangup", Channel=stage.caller)
            await stage.heartbeat()
        frames = [
            frame
            for frame in ami.frames[since:]
            if not any(name == "ActionID" for name, _ in frame) and frame[0][0] == "Event"
        ]
        kept = about(frames, stage.devices)
        check_causality(kept)
        text = transcript(kept, stage.names)
    answers = ["[answers]", *stage.answers, ""] if stage.answers else []
    compare(rig, play.__name__, "\n".join([text, *answers, *stage.listings]))
