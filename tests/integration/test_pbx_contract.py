"""The simulator behaves as Asterisk 22 does: every scenario runs against both, and both must say the same.

What they must say is in ``pbx_contract/*.txt``, recorded from the real Asterisk alone
(``PBX_CONTRACT_RECORD=1 pytest -m asterisk`` on this file). Where the simulator differs, it is wrong.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.support.pbx_contract import FALLBACK, STATIONS, ContractAmi, PbxRig, open_rig
from tests.support.pbx_stage import Stage, compare
from tests.support.pbx_transcript import about, check_causality, transcript

FIRST, SECOND = STATIONS
MEMBER = FALLBACK[0]


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    async with open_rig(request) as one:
        yield one


Play = Callable[[Stage], Awaitable[None]]


async def arrives_and_waits(stage: Stage) -> None:
    await stage.arrive()
    await stage.lists("waiting")
    await stage.hang_up()


async def talks_until_the_station_hangs_up(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await stage.lists("talking")
    phone.hang_up()
    await stage.gone()


async def talks_until_the_caller_hangs_up(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await stage.hang_up()


async def answers_without_ringing(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    phone.mute()
    await stage.arrive()
    since = await stage.ring(phone, rings=False)
    phone.answer()
    await stage.ami.event("BridgeEnter", since=since, BridgeNumChannels="2")
    await stage.ami.quiet()
    await stage.hang_up()


async def declines(stage: Stage, code: int) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    since = await stage.ring(phone)
    phone.decline(code)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def declines_busy(stage: Stage) -> None:
    await declines(stage, 486)


async def declines_for_good(stage: Stage) -> None:
    await declines(stage, 603)


async def is_temporarily_away(stage: Stage) -> None:
    await declines(stage, 480)


async def fails_in_the_network(stage: Stage) -> None:
    await declines(stage, 503)


async def does_not_answer(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.ami.action("Setvar", Channel=stage.caller, Variable="CC_RING", Value=1)
    since = await stage.ring(phone)
    await stage.lists("ringing")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def declines_and_then_another_answers(stage: Stage) -> None:
    first, second = await stage.phone(FIRST), await stage.phone(SECOND)
    await stage.arrive()
    since = await stage.ring(first)
    first.decline(486)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.talk(second)
    await stage.lists("talking after a decline")
    second.hang_up()
    await stage.gone()


async def declines_and_then_the_caller_leaves_while_ringing(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    since = await stage.ring(phone)
    phone.decline(603)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.ring(phone)
    await stage.hang_up()


async def leaves_while_ringing(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.ring(phone)
    await stage.hang_up()


async def leaves_before_it_rings(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    phone.mute()
    await stage.arrive()
    await stage.ring(phone, rings=False)
    await stage.hang_up()


async def rings_an_unregistered_station(stage: Stage) -> None:
    await stage.arrive()
    since = stage.mark()
    await stage.redirect("cc-dial", SECOND)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def rings_a_station_that_is_not_there(stage: Stage) -> None:
    await stage.arrive()
    since = stage.mark()
    await stage.redirect("cc-dial", "a4999")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def goes_offline_while_talking(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await phone.unregister()
    await stage.ami.quiet()
    await stage.hang_up()
    await stage.ami.event("DeviceStateChange", Device=f"PJSIP/{FIRST}", State="UNAVAILABLE")
    since = stage.mark()
    await phone.register()
    await stage.ami.event("DeviceStateChange", since=since, State="NOT_INUSE")


async def manager_hangs_up_the_ringing_leg(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    since = await stage.ring(phone)
    await stage.ami.action("Hangup", Channel=stage.leg(), Cause=16)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def manager_hangs_up_the_ringing_leg_without_a_cause(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    since = await stage.ring(phone)
    await stage.ami.action("Hangup", Channel=stage.leg())
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def manager_hangs_up_the_talking_leg(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await stage.ami.action("Hangup", Channel=stage.leg(), Cause=16)
    await stage.gone()


async def manager_hangs_up_the_waiting_caller(stage: Stage) -> None:
    await stage.arrive()
    await stage.ami.action("Hangup", Channel=stage.caller, Cause=16)
    await stage.gone()


async def manager_hangs_up_the_ringing_caller(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.ring(phone)
    await stage.ami.action("Hangup", Channel=stage.caller, Cause=16)
    await stage.gone()


async def manager_hangs_up_the_talking_caller(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await stage.ami.action("Hangup", Channel=stage.caller, Cause=16)
    await stage.gone()


async def stale_redirect_tears_a_conversation_down(stage: Stage) -> None:
    first, second = await stage.phone(FIRST), await stage.phone(SECOND)
    await stage.arrive()
    await stage.talk(first)
    await stage.ring(second)
    second.answer()
    await stage.ami.quiet()
    await stage.hang_up()


async def stale_redirect_puts_a_conversation_on_hold(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    since = stage.mark()
    await stage.redirect("cc-hold", "s")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def redirected_while_ringing(stage: Stage) -> None:
    first, second = await stage.phone(FIRST), await stage.phone(SECOND)
    await stage.arrive()
    await stage.ring(first)
    await stage.ring(second)
    await stage.hang_up()


async def redirected_nowhere(stage: Stage) -> None:
    await stage.arrive()
    await stage.redirect("cc-nowhere", "x")
    await stage.gone()


async def falls_back_with_nobody_there(stage: Stage) -> None:
    await stage.arrive()
    since = stage.mark()
    await stage.heartbeat(age=20)
    await stage.ami.event("UserEvent", since=since, UserEvent="CCFallback", Uniqueid=stage.caller)
    await stage.ami.quiet()
    await stage.lists("resting")
    await stage.heartbeat()
    since = stage.mark()
    await stage.redirect("cc-hold", "s")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.lists("back on hold")
    await stage.hang_up()


async def fallback_answers(stage: Stage) -> None:
    member = await stage.phone(MEMBER)
    await stage.heartbeat(age=20)
    await stage.arrive(held=False)
    await member.rung()
    await stage.ami.event("DialState", DialStatus="RINGING")
    await stage.ami.quiet()
    await stage.lists("fallback ringing")
    member.answer()
    await stage.ami.event("BridgeEnter", BridgeNumChannels="2")
    await stage.ami.quiet()
    await stage.lists("fallback talking")
    member.hang_up()
    await stage.gone()


async def fallback_loses_the_caller(stage: Stage) -> None:
    member = await stage.phone(MEMBER)
    await stage.heartbeat(age=20)
    await stage.arrive(held=False)
    await member.rung()
    await stage.ami.event("DialState", DialStatus="RINGING")
    await stage.ami.quiet()
    await stage.hang_up()


async def fallback_gives_the_caller_back(stage: Stage) -> None:
    member = await stage.phone(MEMBER)
    await stage.heartbeat(age=20)
    await stage.arrive(held=False)
    await member.rung()
    await stage.ami.event("DialState", DialStatus="RINGING")
    await stage.ami.quiet()
    await stage.heartbeat()
    since = stage.mark()
    await stage.redirect("cc-hold", "s")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def fallback_talk_is_taken_away(stage: Stage) -> None:
    member = await stage.phone(MEMBER)
    await stage.heartbeat(age=20)
    await stage.arrive(held=False)
    await member.rung()
    await stage.ami.event("DialState", DialStatus="RINGING")
    await stage.ami.quiet()
    member.answer()
    await stage.ami.event("BridgeEnter", BridgeNumChannels="2")
    await stage.ami.quiet()
    await stage.heartbeat()
    since = stage.mark()
    await stage.redirect("cc-hold", "s")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def calls_without_a_name(stage: Stage) -> None:
    await stage.arrive(number="+79161234567", name="")
    await stage.hang_up()


SCENARIOS: tuple[Play, ...] = (
    arrives_and_waits,
    talks_until_the_station_hangs_up,
    talks_until_the_caller_hangs_up,
    answers_without_ringing,
    declines_busy,
    declines_for_good,
    is_temporarily_away,
    fails_in_the_network,
    does_not_answer,
    declines_and_then_another_answers,
    declines_and_then_the_caller_leaves_while_ringing,
    leaves_while_ringing,
    leaves_before_it_rings,
    rings_an_unregistered_station,
    rings_a_station_that_is_not_there,
    goes_offline_while_talking,
    manager_hangs_up_the_ringing_leg,
    manager_hangs_up_the_ringing_leg_without_a_cause,
    manager_hangs_up_the_talking_leg,
    manager_hangs_up_the_waiting_caller,
    manager_hangs_up_the_ringing_caller,
    manager_hangs_up_the_talking_caller,
    stale_redirect_tears_a_conversation_down,
    stale_redirect_puts_a_conversation_on_hold,
    redirected_while_ringing,
    redirected_nowhere,
    falls_back_with_nobody_there,
    fallback_answers,
    fallback_loses_the_caller,
    fallback_gives_the_caller_back,
    fallback_talk_is_taken_away,
    calls_without_a_name,
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
            if stage.caller and not any(
                frame[0] == ("Event", "Hangup") and dict(frame)["Uniqueid"] == stage.caller
                for frame in ami.frames
            ):
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
