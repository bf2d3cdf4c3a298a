"""The contract on what AMI says of steps of flows and placed calls, event by event; recorded as in
``test_pbx_contract``. That they lead to the same typed events is ``test_pbx_contract_flows``'s."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.support.pbx_contract import STATIONS, ContractAmi, PbxRig, open_rig
from tests.support.pbx_flow_rig import give_prompt, outside_of
from tests.support.pbx_stage import Stage, compare
from tests.support.pbx_transcript import about, check_causality, transcript


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    async with open_rig(request) as one:
        give_prompt(one, "en", "short", 0.3)
        give_prompt(one, "en", "long", 30.0)
        yield one


async def step(stage: Stage, context: str, **variables: str) -> int:
    """Enter a step; returns the place before it in the frames."""
    since = stage.mark()
    for name, value in ({"CC_LANGUAGE": "en"} | variables).items():
        await stage.ami.action("Setvar", Channel=stage.caller, Variable=name, Value=value)
    await stage.redirect(context, "s1")
    return since


async def hears_a_prompt(stage: Stage) -> None:
    await stage.arrive()
    since = await step(stage, "cc-say", CC_SAY="short&nowhere", CC_KEY="none")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def is_asked_and_leaves(stage: Stage) -> None:
    await stage.arrive()
    await step(stage, "cc-ask", CC_SAY="long", CC_MOST="2", CC_SECONDS="5")
    await stage.ami.quiet()
    await stage.hang_up()


async def leaves_a_message(stage: Stage) -> None:
    await stage.arrive()
    await step(stage, "cc-record", CC_SAY="short", CC_NAME="raw", CC_SECONDS="30")
    await stage.ami.quiet()
    await stage.hang_up()


async def prompt_is_cut_by_a_ring(stage: Stage) -> None:
    phone = await stage.phone(STATIONS[0])
    await stage.arrive()
    await step(stage, "cc-say", CC_SAY="long", CC_KEY="none")
    await stage.ami.quiet()
    await stage.talk(phone)
    await stage.hang_up()


async def talks_outside(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await stage.arrive()
    since = await step(stage, "cc-out", CC_NUMBER="74957654321", CC_SECONDS="5")
    await outside.rung()
    await stage.ami.quiet()
    outside.answer()
    await stage.ami.event("BridgeEnter", since=since, BridgeNumChannels="2")
    await stage.ami.quiet()
    outside.hang_up()
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def outside_is_busy(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await stage.arrive()
    since = await step(stage, "cc-out", CC_NUMBER="74957654321", CC_SECONDS="5")
    await outside.rung()
    await stage.ami.quiet()
    outside.decline(486)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def place(stage: Stage) -> None:
    stage.caller = f"placed-{time.time_ns()}"
    variables = f"__CC_CALL={stage.caller},__CC_DNIS=7495,CC_NUMBER=+7916,CC_STATE=PLACE"
    await stage.ami.action(
        "Originate",
        Channel="PJSIP/+7916@cc-outside",
        ChannelId=stage.caller,
        Context="cc-back",
        Exten="s",
        Priority=1,
        Timeout=5000,
        CallerID="7495",
        Async="true",
        Variable=variables,
    )


async def client_answers(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await place(stage)
    await outside.rung()
    await stage.ami.quiet()
    outside.answer()
    await stage.held(0)
    await stage.ami.quiet()
    outside.hang_up()
    await stage.gone()


async def client_is_busy(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await place(stage)
    await outside.rung()
    await stage.ami.quiet()
    outside.decline(486)
    await stage.gone()


Play = Callable[[Stage], Awaitable[None]]
SCENARIOS: tuple[Play, ...] = (
    hears_a_prompt,
    is_asked_and_leaves,
    leaves_a_message,
    prompt_is_cut_by_a_ring,
    talks_outside,
    outside_is_busy,
    client_answers,
    client_is_busy,
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
            await stage.heartbeat()
        frames = [
            frame
            for frame in ami.frames[since:]
            if not any(name == "ActionID" for name, _ in frame) and frame[0][0] == "Event"
        ]
        kept = about(frames, stage.devices)
        check_causality(kept)
        text = transcript(kept, stage.names)
    compare(rig, f"steps_{play.__name__}", text)
