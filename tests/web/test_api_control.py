"""Call control over REST: each wish becomes one request of its agent; a recording is heard by who may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.calls import control_requests as ask
from callcenter.calls.requests import Refusal, Refused
from routing.ids import AgentId, QueueId

from .conftest import Browser, World
from .fakes import CALL

ANNA, BORIS = AgentId("anna"), AgentId("boris")
PATH = f"/calls/{CALL}"


async def test_each_wish_becomes_the_agents_own_request(anna: Browser, world: World) -> None:
    plain = ["hold", "resume", "park", "fetch", "complete", "join", "dismiss", "leave"]
    for wish in plain:
        assert (await anna.api("POST", f"{PATH}/{wish}")).status == 204, wish
    assert [type(request) for request in world.site.requests] == [
        ask.HoldCall,
        ask.ResumeCall,
        ask.ParkCall,
        ask.FetchCall,
        ask.CompleteTransfer,
        ask.JoinGuest,
        ask.DismissGuest,
        ask.LeaveCall,
    ]
    assert all((request.agent, request.call) == (ANNA, CALL) for request in world.site.requests)  # type: ignore[union-attr]


async def test_targets_recording_keys_and_own_calls(anna: Browser, world: World) -> None:
    for method, path, body, status in [
        ("POST", f"{PATH}/transfer", {"queue": "help"}, 204),
        ("POST", f"{PATH}/transfer", {"to": "boris"}, 204),
        ("POST", f"{PATH}/transfer", {"number": "8 (903) 555-01-01"}, 204),
        ("POST", f"{PATH}/consult", {"to": "boris"}, 204),
        ("PUT", f"{PATH}/recording", {"paused": True}, 204),
        ("PUT", f"{PATH}/recording", {"paused": False}, 204),
        ("POST", f"{PATH}/keys", {"keys": "12#"}, 204),
        ("POST", "/calls", {"name": "c-12345678", "number": "+79035550101"}, 202),
        ("POST", "/colleagues/call", {"to": "boris"}, 204),
        ("POST", "/colleagues/hang-up", None, 204),
    ]:
        assert (await anna.api(method, path, body)).status == status, path
    assert world.site.requests == [
        ask.TransferCall(ANNA, CALL, QueueId("help")),
        ask.TransferCall(ANNA, CALL, to=BORIS),
        ask.TransferCall(ANNA, CALL, number="8 (903) 555-01-01"),
        ask.ConsultCall(ANNA, CALL, BORIS),
        ask.PauseRecording(ANNA, CALL),
        ask.ResumeRecording(ANNA, CALL),
        ask.SendKeys(ANNA, CALL, "12#"),
        ask.DialClient(ANNA, "c-12345678", "+79035550101"),
        ask.CallColleague(ANNA, BORIS),
        ask.HangUpColleague(ANNA),
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{PATH}/transfer", {}),
        (f"{PATH}/transfer", {"queue": "help", "to": "boris"}),
        (f"{PATH}/transfer", {"number": ""}),
        (f"{PATH}/consult", {}),
        (f"{PATH}/consult", {"queue": "help"}),
        (f"{PATH}/keys", {"keys": "12a"}),
        (f"{PATH}/keys", {"keys": "1" * 33}),
        ("/calls", {"name": "x", "number": "+79035550101"}),
        ("/calls", {"name": "c-12345678", "number": "1" * 65}),
        ("/colleagues/call", {"to": ""}),
    ],
)
async def test_what_no_wish_is(anna: Browser, world: World, path: str, body: dict[str, object]) -> None:
    answer = await anna.api("POST", path, body)
    assert answer.status == 422
    assert answer.json["errors"]
    assert world.site.requests == []


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal.COLLEAGUE_BUSY, 409),
        (Refusal.UNKNOWN_QUEUE, 422),
        (Refusal.BAD_NUMBER, 422),
        (Refusal.PHONE_UNUSABLE, 409),
        (Refusal.NO_INTERNAL_CALL, 409),
    ],
)
async def test_refusals_have_a_status(anna: Browser, world: World, refusal: Refusal, status: int) -> None:
    world.site.reply = Refused(refusal, "because")
    answer = await anna.api("POST", f"{PATH}/transfer", {"queue": "help"})
    assert (answer.status, answer.json["refusal"]) == (status, refusal)


async def test_an_operator_sees_his_own_calls_with_colleagues(browser: Browser, world: World) -> None:
    await browser.sign_in_as("anna")
    answer = await browser.api("GET", "/colleagues/calls")
    assert answer.json == {
        "items": [
            {
                "id": "main:intercom-10000-a1001",
                "by": "anna",
                "to": "boris",
                "by_name": "Anna Test",
                "to_name": None,
                "started_at": 10.0,
                "answered_at": 12.0,
                "ended_at": 20.0,
                "outcome": "answered",
                "talked": 8.0,
            }
        ]
    }
    assert (await browser.api("GET", "/colleagues/calls?agent=anna")).status == 200
    await browser.sign_in_as("desk")  # no agent
    assert (await browser.api("GET", "/colleagues/calls")).json == {"items": []}
    await browser.sign_in_as("sveta")
    await browser.api("GET", "/colleagues/calls?limit=100")
    assert world.history.intercoms_asked == [(ANNA, 20), (ANNA, 20), (None, 100)]
    for limit in ("0", "101", "x"):
        assert (await browser.api("GET", f"/colleagues/calls?limit={limit}")).status == 422


async def test_only_leaders_ask_for_a_colleagues_calls_with_colleagues(
    browser: Browser, world: World
) -> None:
    for login in ("anna", "desk"):
        await browser.sign_in_as(login)
        assert (await browser.api("GET", "/colleagues/calls?agent=boris")).status == 403
    assert world.history.intercoms_asked == []
    await browser.sign_in_as("sveta")
    assert (await browser.api("GET", "/colleagues/calls?agent=boris&limit=5")).status == 200
    assert (await browser.api("GET", "/colleagues/calls?agent=")).status == 422
    assert world.history.intercoms_asked == [(AgentId("boris"), 5)]


async def test_a_recording_is_heard_by_its_agent_and_by_supervisors(browser: Browser, world: World) -> None:
    told = {"type": "RecordingStarted", "recording": "main-1-1", "at": 1.0}
    world.history.rows[CALL] = replace(world.history.rows[CALL], facts=(told,))
    folder = world.options.static.parent / "recordings"
    folder.mkdir()
    await browser.sign_in_as("sveta")
    assert (await browser.api("GET", f"{PATH}/recording")).status == 404
    (folder / "main-1-1.wav").write_bytes(b"RIFF")
    answer = await browser.api("GET", f"{PATH}/recording")
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"RIFF", "audio/wav")
    await browser.sign_in_as("boris")
    assert (await browser.api("GET", f"{PATH}/recording")).status == 403


@pytest.mark.parametrize(
    ("asked", "status", "heard", "told"),
    [
        ("bytes=0-3", 206, b"RIFF", "bytes 0-3/1048576"),
        ("bytes=1048572-", 206, b"tail", "bytes 1048572-1048575/1048576"),
        ("bytes=-4", 206, b"tail", "bytes 1048572-1048575/1048576"),
        ("bytes=1048576-", 416, b"", "bytes */1048576"),
    ],
)
async def test_a_part_of_a_recording(
    browser: Browser, world: World, asked: str, status: int, heard: bytes, told: str
) -> None:
    told_of = {"type": "RecordingStarted", "recording": "main-1-1", "at": 1.0}
    world.history.rows[CALL] = replace(world.history.rows[CALL], facts=(told_of,))
    folder = world.options.static.parent / "recordings"
    folder.mkdir()
    (folder / "main-1-1.wav").write_bytes(b"RIFF" + bytes(1048576 - 8) + b"tail")
    part = {"Range": asked}
    await browser.sign_in_as("boris")
    assert (await browser.api("GET", f"{PATH}/recording", headers=part)).status == 403
    await browser.sign_in_as("sveta")
    whole = await browser.api("GET", f"{PATH}/recording")
    assert (whole.status, len(whole.body), whole.headers["Accept-Ranges"]) == (200, 1048576, "bytes")
    answer = await browser.api("GET", f"{PATH}/recording", headers=part)
    assert (answer.status, answer.body, answer.headers["Content-Range"]) == (status, heard, told)
    assert answer.headers["Cache-Control"] == "no-store"
    if status == 206:
        assert answer.headers["Content-Type"] == "audio/wav"


async def test_a_recording_that_cannot_be_read_says_what_to_do(browser: Browser, world: World) -> None:
    told = {"type": "RecordingStarted", "recording": "main-1-1", "at": 1.0}
    world.history.rows[CALL] = replace(world.history.rows[CALL], facts=(told,))
    (world.options.static.parent / "recordings" / "main-1-1.wav").mkdir(parents=True)
    await browser.sign_in_as("sveta")
    answer = await browser.api("GET", f"{PATH}/recording")
    assert answer.status == 503
    assert "asterisk.recordings_dir" in answer.json["detail"]


async def test_a_call_without_recording(browser: Browser) -> None:
    await browser.sign_in_as("sveta")
    assert (await browser.api("GET", f"{PATH}/recording")).status == 404
