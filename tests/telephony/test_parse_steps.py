"""The dialplan's words on steps of flows, and Asterisk's on calls that we placed."""

from __future__ import annotations

import pytest

from callcenter.telephony.ami.frames import Frame, Headers
from callcenter.telephony.ami.parse import Malformed, Translator
from callcenter.telephony.events import (
    CallArrived,
    CallPhase,
    FoundCall,
    LegEnded,
    PlaceFailed,
    RingOutcome,
    ServerSynced,
    StepEnded,
    StepOutcome,
    TelephonyEvent,
)
from routing.ids import CallId, LegId, ServerId

SERVER = ServerId("main")
CALL = CallId("main:1.1")
PLACED = CallId("main:placed-x")


def tell(translator: Translator, name: str, **headers: str) -> TelephonyEvent | Malformed | None:
    return translator.translate(Frame(name, {"event": name, **headers}))


def step(**changes: str) -> Headers:
    return {
        "userevent": "CCStep",
        "uniqueid": "1.1",
        "linkedid": "1.1",
        "call": "1.1",
        "step": "7",
        "outcome": "DONE",
        "digits": "12#",
        "missing": "",
        **changes,
    }


def test_a_step_tells_its_number_its_keys_and_what_was_missing() -> None:
    told = Translator(SERVER).translate(Frame("UserEvent", step(missing="&nowhere&digits/5&nowhere")))
    assert told == StepEnded(SERVER, CALL, 7, StepOutcome.DONE, "12#", 0, ("nowhere", "digits/5"))
    recorded: Headers = {key: value for key, value in step(seconds="12").items() if key != "digits"}
    assert Translator(SERVER).translate(Frame("UserEvent", recorded)) == StepEnded(
        SERVER, CALL, 7, StepOutcome.DONE, "", 12
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("ANSWER", StepOutcome.ENDED),
        ("BUSY", StepOutcome.NO_ANSWER),
        ("NOANSWER", StepOutcome.NO_ANSWER),
        ("CHANUNAVAIL", StepOutcome.FAILED),
        ("CONGESTION", StepOutcome.FAILED),
        ("FAILED", StepOutcome.FAILED),
    ],
)
def test_outcomes(status: str, outcome: StepOutcome) -> None:
    told = Translator(SERVER).translate(Frame("UserEvent", step(outcome=status)))
    assert isinstance(told, StepEnded)
    assert told.outcome is outcome


@pytest.mark.parametrize(
    "changes",
    [{"step": ""}, {"step": "x"}, {"step": "-1"}, {"outcome": ""}, {"digits": "1;2"}, {"digits": "A"}],
)
def test_a_step_that_can_not_be_read_is_no_event(changes: dict[str, str]) -> None:
    assert isinstance(Translator(SERVER).translate(Frame("UserEvent", step(**changes))), Malformed)


def originated(translator: Translator, response: str = "Failure", action: str = "placed-x") -> object:
    return tell(translator, "OriginateResponse", actionid=action, response=response, reason="0")


def begun() -> Translator:
    translator = Translator(SERVER)
    new = {"uniqueid": "placed-x", "linkedid": "placed-x", "context": "cc-in"}
    assert tell(translator, "Newchannel", channel="PJSIP/cc-outside-0001", **new) is None
    return translator


@pytest.mark.parametrize("answer_first", [True, False])
@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("17", RingOutcome.BUSY),
        ("21", RingOutcome.BUSY),
        ("19", RingOutcome.NO_ANSWER),
        ("16", RingOutcome.CANCELLED),
        ("1", RingOutcome.UNREACHABLE),
        ("", RingOutcome.UNREACHABLE),
    ],
)
def test_who_was_dialled_in_vain_is_told_once_in_whatever_order(
    answer_first: bool, cause: str, outcome: RingOutcome
) -> None:
    translator = begun()
    told = [originated(translator)] if answer_first else []
    told.append(tell(translator, "Hangup", uniqueid="placed-x", linkedid="placed-x", cause=cause))
    told += [] if answer_first else [originated(translator)]
    assert [one for one in told if one is not None] == [
        PlaceFailed(SERVER, PLACED, outcome, int(cause or "0"))
    ]
    assert translator.legs == 0


def test_a_number_for_which_no_channel_was_made_is_told_by_the_answer_alone() -> None:
    assert originated(Translator(SERVER)) == PlaceFailed(SERVER, PLACED, RingOutcome.UNREACHABLE, 0)


def test_who_answers_has_arrived_and_a_second_dialling_says_nothing_of_him() -> None:
    translator = begun()
    assert originated(translator, "Success") is None
    back = {"userevent": "CCBack", "uniqueid": "placed-x", "linkedid": "placed-x", "call": "placed-x"}
    arrived = tell(translator, "UserEvent", **back, number="+7916", dnis="7495")
    assert arrived == CallArrived(SERVER, PLACED, "+7916", "", "7495")
    assert originated(translator) is None
    ended = tell(translator, "Hangup", uniqueid="placed-x", linkedid="placed-x", cause="16")
    assert ended == LegEnded(SERVER, PLACED, LegId(PLACED), 16)


def test_other_managers_calls_are_none_of_ours() -> None:
    assert originated(Translator(SERVER), action="somebody-1") is None
    out = {"uniqueid": "1.5", "linkedid": "1.1", "context": "cc-in", "channel": "PJSIP/trunk-0002"}
    assert tell(Translator(SERVER), "Newchannel", **out) is None, "a leg outside is no caller"


def test_a_listing_finds_who_is_being_dialled_and_his_end_is_told() -> None:
    translator = Translator(SERVER)
    found = FoundCall(PLACED, "7495", "", "7495", CallPhase.PLACING, 0, 3.0, ())
    translator.adopt(ServerSynced(SERVER, (found,), (), None))
    assert translator.legs == 0
    told = tell(translator, "Hangup", uniqueid="placed-x", linkedid="placed-x", cause="17")
    assert told == PlaceFailed(SERVER, PLACED, RingOutcome.BUSY, 17)
    assert originated(translator) is None
