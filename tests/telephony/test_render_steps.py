"""The commands of flows into actions, and the refusal of all that could be more than it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from callcenter.telephony.ami.action import MAX_LINE, AmiAction, UnrenderableError, encode
from callcenter.telephony.ami.render import render
from callcenter.telephony.ami.render_steps import FlowCommand
from callcenter.telephony.commands import Ask, DialOut, Dress, PlaceCall, Play, Record
from routing.ids import CallId, ServerId, placed_call_id

SERVER = ServerId("main")
CALL = CallId("main:cc-1764000000.17")
PLAY = Play(SERVER, CALL, 3, ("welcome", "5"), "en", "1")
ASK = Ask(SERVER, CALL, 4, ("menu",), "ru", 4, 7)
RECORD = Record(SERVER, CALL, 5, ("leave-word",), "ru", "m-17_5", 120)
OUT = DialOut(SERVER, CALL, 6, "+74951234567", 30)
DRESS = Dress(SERVER, CALL, "jazz", "ru")
PLACE = PlaceCall(SERVER, placed_call_id(SERVER, "cb-17.1"), "+79161234567", "74951230000", 25)


def said(command: FlowCommand) -> tuple[dict[str, str], AmiAction]:
    """The variables set, and the last action."""
    *before, last = render(command)
    return {dict(one.headers)["Variable"]: dict(one.headers)["Value"] for one in before}, last


def test_a_step_is_its_variables_and_one_redirect() -> None:
    variables, last = said(PLAY)
    assert variables == {"CC_SAY": "welcome&digits/5", "CC_LANGUAGE": "en", "CC_KEY": "1"}
    assert last == AmiAction(
        "Redirect",
        (("Channel", "cc-1764000000.17"), ("Context", "cc-say"), ("Exten", "s3"), ("Priority", "1")),
    )
    variables, last = said(ASK)
    assert variables == {"CC_SAY": "menu", "CC_LANGUAGE": "ru", "CC_MOST": "4", "CC_SECONDS": "7"}
    assert dict(last.headers)["Context"] == "cc-ask"
    variables, last = said(RECORD)
    assert variables["CC_NAME"] == "m-17_5"
    assert dict(last.headers)["Exten"] == "s5"
    variables, last = said(OUT)
    assert variables == {"CC_NUMBER": "+74951234567", "CC_SECONDS": "30"}
    assert dict(last.headers)["Context"] == "cc-out"


@pytest.mark.parametrize(("key", "name"), [("", "none"), ("*", "star"), ("#", "hash"), ("0", "0")])
def test_the_key_that_ends_it_is_a_contexts_name(key: str, name: str) -> None:
    assert said(replace(PLAY, key=key))[0]["CC_KEY"] == name


def test_dressing_sets_what_is_given_and_nothing_else() -> None:
    assert [dict(action.headers)["Variable"] for action in render(DRESS)] == ["CC_MOH", "CC_LANGUAGE"]
    assert [dict(action.headers)["Value"] for action in render(replace(DRESS, music=""))] == ["ru"]


def test_a_placed_call_bears_its_own_id_also_as_the_actions() -> None:
    (action,) = render(PLACE)
    assert action.action_id == "placed-cb-17.1"
    assert action.headers[:5] == (
        ("Channel", "PJSIP/+79161234567@cc-outside"),
        ("ChannelId", "placed-cb-17.1"),
        ("Context", "cc-back"),
        ("Exten", "s"),
        ("Priority", "1"),
    )
    assert ("Async", "true") in action.headers, "without it panoramisk's link is dropped, and Asterisk waits"
    assert ("Variable", "__CC_CALL=placed-cb-17.1") in action.headers


BAD: dict[str, FlowCommand] = {
    "prompt with a comma": replace(PLAY, spoken=("welcome,cc-dial",)),
    "prompt with a path": replace(PLAY, spoken=("../../etc/passwd",)),
    "prompt with an expression": replace(PLAY, spoken=("${SHELL(id)}",)),
    "prompt with another": replace(PLAY, spoken=("a&b",)),
    "prompt with capitals": replace(PLAY, spoken=("Welcome",)),
    "prompt with a break": replace(PLAY, spoken=("welcome\r\nAction: Logoff",)),
    "empty prompt": replace(PLAY, spoken=("",)),
    "endless number": replace(PLAY, spoken=("1" * 33,)),
    "digits that are not ASCII": replace(PLAY, spoken=("٣",)),
    "too much to say": replace(PLAY, spoken=("x" * 60,) * 16),
    "no such key": replace(PLAY, key="A"),
    "two keys": replace(PLAY, key="12"),
    "language with a path": replace(PLAY, language="../en"),
    "no language": replace(ASK, language=""),
    "negative step": replace(PLAY, step=-1),
    "no digits asked for": replace(ASK, most_digits=0),
    "too many digits": replace(ASK, most_digits=33),
    "no patience": replace(ASK, seconds=0),
    "recording with a path": replace(RECORD, name="../../etc/cron.d/x"),
    "recording with an option": replace(RECORD, name="x.wav,0,0,a"),
    "recording without a name": replace(RECORD, name=""),
    "recording without an end": replace(RECORD, seconds=0),
    "two numbers": replace(OUT, number="1&PJSIP/2"),
    "number elsewhere": replace(OUT, number="1@evil.example"),
    "number with an option": replace(OUT, number="1,30,U(x)"),
    "no number": replace(OUT, number=""),
    "endless dialling": replace(OUT, seconds=601),
    "music with a comma": replace(DRESS, music="default,1"),
    "music that is a section": replace(DRESS, music="../x"),
    "nothing to wear": replace(DRESS, music="", language=""),
    "call of Asterisk's own id": replace(PLACE, call=CALL),
    "call of no id": replace(PLACE, call=placed_call_id(SERVER, "")),
    "call with a break": replace(PLACE, call=placed_call_id(SERVER, "x\r\ny")),
    "placing elsewhere": replace(PLACE, number="1@evil.example"),
    "placing by another way": replace(PLACE, number="Local/1@x"),
    "showing a name": replace(PLACE, shown='"Bank" <1>'),
    "no time to answer": replace(PLACE, seconds=0),
}


@pytest.mark.parametrize("command", BAD.values(), ids=BAD.keys())
def test_what_could_be_more_than_it_says_is_refused(command: FlowCommand) -> None:
    with pytest.raises(UnrenderableError) as caught:
        render(command)
    for value in ("evil", "etc", "SHELL"):
        assert value not in str(caught.value), "what was refused may be personal, and is never repeated"


_TEXT = st.text(max_size=80) | st.from_regex(r"\A[a-z0-9_*#+&/,;$-]{0,80}\Z")


@given(_TEXT, _TEXT, _TEXT, st.integers(), st.lists(_TEXT, max_size=40))
def test_whatever_is_rendered_holds_nothing_that_a_dialplan_would_act_on(
    one: str, two: str, three: str, number: int, many: list[str]
) -> None:
    for command in (
        Play(SERVER, CALL, number, tuple(many), one, two),
        Ask(SERVER, CALL, number, tuple(many), "ru", number, number),
        Record(SERVER, CALL, 1, (one,), two, three, number),
        DialOut(SERVER, CALL, 1, one, number),
        Dress(SERVER, CALL, one, two),
        PlaceCall(SERVER, placed_call_id(SERVER, one), two, three, number),
    ):
        try:
            actions = render(command)
        except UnrenderableError:
            continue
        for action in actions:
            assert len(max(encode(action, "x").split(b"\r\n"), key=len)) < MAX_LINE
            for name, value in action.headers:
                kept = value.partition("=")[2] if name == "Variable" and "=" in value else value
                allowed = "&/" if ("Variable", "CC_SAY") in action.headers else ""
                allowed += "@/" if name == "Channel" else ""
                allowed += "()" if name == "Variable" else ""
                assert not set(kept) & (set('${}[](),;|"\\ \r\n\0&@/') - set(allowed))
