"""The contract on the steps of flows: typed commands, and the typed events that both PBXs lead to. Recorded
as in ``test_pbx_contract``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from callcenter.telephony.commands import Ask, Audit, DialOut, Dress, HangUp, Play, Record, Ring
from callcenter.telephony.events import (
    CallFellBack,
    CallHeld,
    LegBridged,
    LegEnded,
    LegRinging,
    ServerSynced,
    StepEnded,
    StepOutcome,
)
from routing.ids import LegId, StationId, offer_id
from tests.support.pbx_contract import ContractAmi, PbxRig, open_rig
from tests.support.pbx_flow_rig import fill_spool, give_prompt, messages_of, outside_of
from tests.support.pbx_stage import compare
from tests.support.pbx_typed import SERVER, Stage, told


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn, with a short prompt and a long one."""
    async with open_rig(request) as one:
        give_prompt(one, "en", "short", 0.3)
        give_prompt(one, "ru", "only-russian", 0.3)
        give_prompt(one, "en", "long", 30.0)
        yield one


def play(stage: Stage, step: int, *spoken: str, language: str = "en", key: str = "") -> Play:
    return Play(SERVER, stage.call, step, spoken, language, key)


def ask(stage: Stage, step: int, *spoken: str, most: int = 4, seconds: int = 1) -> Ask:
    return Ask(SERVER, stage.call, step, spoken, "en", most, seconds)


def record(stage: Stage, step: int, name: str, *spoken: str, seconds: int = 60) -> Record:
    return Record(SERVER, stage.call, step, spoken, "en", name, seconds)


async def ended(stage: Stage, since: int, step: int) -> StepEnded:
    """The step's end, and the hold behind it."""
    event = await stage.saw(StepEnded, since, step=step)
    assert isinstance(event, StepEnded)
    await stage.saw(CallHeld, since)
    return event


async def hears_an_announcement(stage: Stage) -> None:
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(play(stage, 1, "short", "25", "short"))
    assert (await ended(stage, since, 1)).outcome is StepOutcome.DONE
    await stage.leave()


async def hears_what_another_language_has(stage: Stage) -> None:
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(play(stage, 1, "only-russian", language="en"))
    assert (await ended(stage, since, 1)).outcome is StepOutcome.DONE
    since = len(stage.events)
    stage.link.send(play(stage, 2, "short", language="fr"))
    assert (await ended(stage, since, 2)).outcome is StepOutcome.DONE
    await stage.leave()


async def hears_the_rest_when_a_prompt_is_missing(stage: Stage) -> None:
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(play(stage, 1, "nowhere", "short", "never-made"))
    assert (await ended(stage, since, 1)).missing == ("nowhere", "never-made")
    since = len(stage.events)
    stage.link.send(ask(stage, 2, "nowhere"))
    assert (await ended(stage, since, 2)).outcome is StepOutcome.FAILED
    await stage.leave()


async def ends_an_announcement_by_its_key(stage: Stage) -> None:
    await stage.arrive()
    assert stage.customer is not None
    for step, key, pressed in ((1, "1", "21"), (2, "*", "1*"), (3, "#", "#")):
        since = len(stage.events)
        stage.link.send(play(stage, step, "long", key=key))
        await stage.quiet()
        stage.customer.press(pressed)
        assert (await ended(stage, since, step)).digits == key
    await stage.leave()


async def announcement_is_cut_short_by_a_ring(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    stage.link.send(play(stage, 1, "long"))
    await stage.quiet()
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    stage.link.send(Ring(SERVER, stage.call, offer_id(stage.call, 1), StationId(phone.station), 5))
    await phone.rung()
    await stage.saw(LegRinging, since)
    phone.answer()
    await stage.saw(LegBridged, since, leg=LegId(stage.call))
    await stage.quiet()
    await stage.leave()


async def leaves_while_an_announcement_plays(stage: Stage) -> None:
    await stage.arrive()
    stage.link.send(play(stage, 1, "long"))
    await stage.quiet()
    await stage.leave()


async def presses_keys_while_and_after_the_prompt(stage: Stage) -> None:
    await stage.arrive()
    assert stage.customer is not None
    for step, spoken, pressed, digits in (
        (1, "long", "123", "123"),
        (2, "short", "12345", "1234"),
        (3, "long", "9#", "9"),
        (4, "long", "#", ""),
        (5, "long", "*", "*"),
    ):
        since = len(stage.events)
        stage.link.send(ask(stage, step, spoken, seconds=2))
        await stage.quiet()
        stage.customer.press(pressed)
        assert (await ended(stage, since, step)).digits == digits
        await stage.quiet()
    await stage.leave()


async def presses_the_one_key_asked_for(stage: Stage) -> None:
    await stage.arrive()
    assert stage.customer is not None
    since = len(stage.events)
    stage.link.send(ask(stage, 1, "long", most=1))
    await stage.quiet()
    stage.customer.press("0")
    assert (await ended(stage, since, 1)).digits == "0"
    await stage.leave()


async def presses_hash_where_one_key_is_asked_for(stage: Stage) -> None:
    await stage.arrive()
    assert stage.customer is not None
    for step, spoken in ((1, "long"), (2, "short")):
        since = len(stage.events)
        stage.link.send(ask(stage, step, spoken, most=1, seconds=2))
        await stage.quiet()
        stage.customer.press("#")
        assert (await ended(stage, since, step)).digits == "#"
        await stage.quiet()
    await stage.leave()


async def hears_asterisks_own_words_in_the_stead_of_ours(stage: Stage) -> None:
    await stage.arrive()
    step = 0
    for language in ("ru", "en"):
        for spoken in (("cc-position", "2"), ("cc-minutes", "1"), ("cc-star",), ("cc-closed",)):
            since, step = len(stage.events), step + 1
            stage.link.send(play(stage, step, *spoken, language=language))
            event = await ended(stage, since, step)
            assert (event.outcome, event.missing) == (StepOutcome.DONE, ())
    since = len(stage.events)
    stage.link.send(play(stage, 99, "cc-press", "1"))
    assert (await ended(stage, since, 99)).missing == ("cc-press",)
    await stage.leave()


async def message_can_not_be_recorded(stage: Stage) -> None:
    await stage.arrive()
    fill_spool(stage.rig, "no-room")
    since = len(stage.events)
    stage.link.send(record(stage, 1, "no-room", "short"))
    event = await ended(stage, since, 1)
    assert (event.outcome, event.seconds) == (StepOutcome.FAILED, 0)
    await stage.leave()


async def presses_nothing(stage: Stage) -> None:
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(ask(stage, 1, "short", "7"))
    assert (await ended(stage, since, 1)).digits == ""
    await stage.leave()


async def leaves_while_asked(stage: Stage) -> None:
    await stage.arrive()
    stage.link.send(ask(stage, 1, "short", seconds=30))
    await stage.quiet()
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    await stage.leave()


async def leaves_a_message_of_full_length(stage: Stage) -> None:
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(record(stage, 1, "full-length", "short", seconds=2))
    assert (await ended(stage, since, 1)).seconds == 2
    assert 1.5 < messages_of(stage.rig)["full-length"] < 2.5
    await stage.leave()


async def leaves_a_message_and_hangs_up(stage: Stage) -> None:
    await stage.arrive()
    stage.link.send(record(stage, 1, "hung-up", "short"))
    await stage.quiet_for(2.3)
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    await stage.leave()
    assert 1.0 < messages_of(stage.rig)["hung-up"] < 3.0


async def ends_a_message_by_hash(stage: Stage) -> None:
    await stage.arrive()
    assert stage.customer is not None
    since = len(stage.events)
    stage.link.send(record(stage, 1, "hashed"))
    await stage.quiet_for(1.9)
    stage.customer.press("#")
    assert (await ended(stage, since, 1)).outcome is StepOutcome.DONE
    assert "hashed" in messages_of(stage.rig)
    await stage.leave()


async def hangs_up_before_the_beep(stage: Stage) -> None:
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(record(stage, 1, "not-begun", "long"))
    await stage.quiet()
    await stage.leave()
    event = await stage.saw(StepEnded, since)
    assert isinstance(event, StepEnded)
    assert (event.outcome, event.seconds) == (StepOutcome.DONE, 0)
    assert "not-begun" not in messages_of(stage.rig)


async def talks_to_a_number_outside(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(DialOut(SERVER, stage.call, 1, "+74957654321", 5))
    assert await outside.rung() == "+74957654321"
    outside.answer()
    await stage.saw(LegBridged, since, leg=LegId(stage.call))
    await stage.quiet()
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    outside.hang_up()
    assert (await ended(stage, since, 1)).outcome is StepOutcome.ENDED
    await stage.leave()


async def number_outside_is_busy_then_silent_then_wrong(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(DialOut(SERVER, stage.call, 1, "84957654321", 5))
    await outside.rung()
    outside.decline(486)
    assert (await ended(stage, since, 1)).outcome is StepOutcome.NO_ANSWER
    since = len(stage.events)
    stage.link.send(DialOut(SERVER, stage.call, 2, "84957654321", 1))
    await outside.rung()
    assert (await ended(stage, since, 2)).outcome is StepOutcome.NO_ANSWER
    since = len(stage.events)
    stage.link.send(DialOut(SERVER, stage.call, 3, "84957654321", 5))
    await outside.rung()
    outside.decline(404)
    assert (await ended(stage, since, 3)).outcome is StepOutcome.FAILED
    await stage.leave()


async def leaves_while_talking_outside(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(DialOut(SERVER, stage.call, 1, "84957654321", 5))
    await outside.rung()
    outside.answer()
    await stage.saw(LegBridged, since, leg=LegId(stage.call))
    await stage.quiet()
    await stage.leave()


async def leaves_while_it_rings_outside(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await stage.arrive()
    stage.link.send(DialOut(SERVER, stage.call, 1, "84957654321", 5))
    await outside.rung()
    await stage.quiet()
    await stage.leave()


async def is_hung_up_by_us_in_a_step(stage: Stage) -> None:
    await stage.arrive()
    stage.link.send(play(stage, 1, "long"))
    await stage.quiet()
    stage.link.send(HangUp(SERVER, stage.call, LegId(stage.call)))
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def changes_its_music_and_language(stage: Stage) -> None:
    await stage.arrive()
    stage.link.send(Dress(SERVER, stage.call, "default", "ru"))
    await stage.quiet()
    await stage.leave()


async def server_dies_in_a_step(stage: Stage) -> None:
    await stage.arrive()
    stage.link.pause_heartbeat()
    async with ContractAmi(stage.rig) as ami:
        since = len(stage.events)
        stage.link.send(ask(stage, 1, "short", seconds=1))
        await ami.action("Setvar", Variable="CC_HB", Value=1)
        await stage.saw(StepEnded, since)
        await stage.saw(CallFellBack, since)
        await stage.quiet()
        await stage.leave()
        await ami.action("Setvar", Variable="CC_HB", Value=4102444800)


Scene = Callable[[Stage], Awaitable[None]]
SCENARIOS: tuple[Scene, ...] = (
    hears_an_announcement,
    hears_what_another_language_has,
    hears_the_rest_when_a_prompt_is_missing,
    ends_an_announcement_by_its_key,
    announcement_is_cut_short_by_a_ring,
    leaves_while_an_announcement_plays,
    presses_keys_while_and_after_the_prompt,
    presses_the_one_key_asked_for,
    presses_hash_where_one_key_is_asked_for,
    hears_asterisks_own_words_in_the_stead_of_ours,
    message_can_not_be_recorded,
    presses_nothing,
    leaves_while_asked,
    leaves_a_message_of_full_length,
    leaves_a_message_and_hangs_up,
    ends_a_message_by_hash,
    hangs_up_before_the_beep,
    talks_to_a_number_outside,
    number_outside_is_busy_then_silent_then_wrong,
    leaves_while_talking_outside,
    leaves_while_it_rings_outside,
    is_hung_up_by_us_in_a_step,
    changes_its_music_and_language,
    server_dies_in_a_step,
)


@pytest.mark.parametrize("scene", SCENARIOS, ids=lambda scene: scene.__name__)
async def test_leads_to_the_same_typed_events(rig: PbxRig, scene: Scene) -> None:
    stage = Stage(rig)
    await stage.link.start()
    try:
        await stage.saw(ServerSynced)
        await scene(stage)
        await stage.quiet()
    finally:
        await stage.link.stop()
    compare(rig, f"flow_{scene.__name__}", told(stage.events))
