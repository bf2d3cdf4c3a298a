"""Prompts and callers' messages over HTTP, on the real stores and a real folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from callcenter.calls.facts import MessageLeft
from callcenter.calls.ledger import LedgerEntry
from callcenter.crm.messages import MessageProjection
from callcenter.flows.store import FlowStore
from callcenter.flows.views import Prompt
from callcenter.people import edits
from callcenter.people.site_plan import SYSTEM, Author
from callcenter.storage import DatabaseUnavailableError
from callcenter.storage.database import Database
from callcenter.web import WebOptions, create_app
from routing.flows.model import Announcements, Enqueue, Flow, OfferCallback, Say
from routing.ids import CallId, ClientId, FlowId, PromptId, QueueId, StepId
from tests.prompts.test_audio import tone

from .fakes import SALES
from .test_real_stores import Office, RealBrowser

WELCOME = PromptId("welcome")


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    made = Office(database, tmp_path)
    await made.fill()
    return made


@pytest.fixture
async def server(office: Office) -> AsyncIterator[TestServer]:
    await office.site.start()
    server = TestServer(create_app(office.deps(), WebOptions(close_grace=0.5)))
    await server.start_server()
    yield server
    await server.close()
    await office.site.stop()


@pytest.fixture
async def root(server: TestServer) -> AsyncIterator[RealBrowser]:
    browser = RealBrowser(server)
    await browser.sign_in("root")
    yield browser
    await browser.close()


@pytest.fixture
async def anna(server: TestServer) -> AsyncIterator[RealBrowser]:
    browser = RealBrowser(server)
    await browser.sign_in("anna")
    yield browser
    await browser.close()


async def upload(browser: RealBrowser, path: str, data: bytes, kind: str = "audio/wav") -> Any:
    return await browser.api("PUT", f"/prompts/{path}", data=BytesIO(data), headers={"Content-Type": kind})


def flow() -> Flow:
    """It says welcome, then has callers wait, with their place and a callback offered."""
    says = Announcements(10, 30, None, position=True, expected_wait=True, callback_key="5")
    wait = Enqueue(StepId("wait"), SALES, announcements=says, callback=StepId("offer"))
    offer = OfferCallback(StepId("offer"), SALES, WELCOME, wait.id)
    steps = (Say(StepId("hello"), WELCOME, wait.id), wait, offer)
    return Flow(FlowId("main"), "Main", ("300",), StepId("hello"), steps, "ru")


async def test_an_upload_is_listed_heard_and_removed(root: RealBrowser, office: Office) -> None:
    made = await upload(root, "welcome/ru", tone())
    assert made.status == 200, made.body
    assert (made.json["id"], made.json["problem"], made.json["uploaded_by"]) == ("welcome", None, "root")
    listed = (await root.api("GET", "/prompts")).json
    assert [item["id"] for item in listed["items"]] == ["welcome"]
    heard = await root.api("GET", "/prompts/welcome/ru/audio")
    assert heard.headers["Content-Type"] == "audio/wav"
    assert heard.body == (office.folder / "prompts" / "ru" / "welcome.wav").read_bytes()
    assert (await root.api("DELETE", "/prompts/welcome/ru")).status == 204
    assert not (office.folder / "prompts" / "ru" / "welcome.wav").exists()
    assert (await root.api("GET", "/prompts/welcome/ru/audio")).status == 404
    assert (await root.api("DELETE", "/prompts/welcome/ru")).status == 404


@pytest.mark.parametrize(
    ("path", "data", "kind", "status"),
    [
        ("welcome/ru", b"no audio", "audio/wav", 422),
        ("welcome/ru", tone(), "text/plain", 415),
        ("welcome/ru", b"", "audio/wav", 422),
        ("welcome/ru", bytes(20_000_001), "audio/wav", 413),
        ("12/ru", tone(), "audio/wav", 422),
        ("Welcome/ru", tone(), "audio/wav", 422),
        ("welcome/russian", tone(), "audio/wav", 422),
        ("..%2Fwelcome/ru", tone(), "audio/wav", 422),
        ("welcome/%2E%2E%2Fetc", tone(), "audio/wav", 422),
    ],
)
async def test_what_is_no_prompt_changes_nothing(
    root: RealBrowser, office: Office, path: str, data: bytes, kind: str, status: int
) -> None:
    answer = await upload(root, path, data, kind)
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not (office.folder / "prompts").exists()
    assert not await FlowStore(office.database).prompts()


async def test_a_refusal_says_what_to_do(root: RealBrowser) -> None:
    answer = await upload(root, "welcome/ru", b"no audio")
    assert "save it as one of these" in answer.json["detail"]


async def test_a_prompt_that_a_flow_plays_is_kept_until_another_language_has_it(
    root: RealBrowser, office: Office
) -> None:
    await upload(root, "welcome/ru", tone())
    await office.plans.edit(edits.put_flow(flow()))
    refused = await root.api("DELETE", "/prompts/welcome/ru")
    assert refused.status in (409, 422), refused.body
    assert "main" in refused.body.decode()
    assert (await root.api("GET", "/prompts/welcome/ru/audio")).status == 200
    await upload(root, "welcome/en", tone())
    assert (await root.api("DELETE", "/prompts/welcome/ru")).status == 204


async def test_what_callers_would_miss_is_told_with_its_words_and_its_flows(
    root: RealBrowser, office: Office
) -> None:
    await upload(root, "welcome/en", tone())
    await office.plans.edit(edits.put_flow(flow()))
    listed = (await root.api("GET", "/prompts")).json
    missing = {item["id"]: item for item in listed["missing"]}
    # Asterisk itself can say the place and the wait; not the words on calling back.
    callback = {f"cc-callback-{one}" for one in ("number", "confirm", "type", "kept", "refused")}
    assert set(missing) == {"welcome", "cc-press"} | callback
    assert (missing["welcome"]["language"], missing["welcome"]["instead"]) == ("ru", "en")
    assert missing["cc-press"]["says"].startswith("Чтобы положить трубку")
    assert missing["cc-press"]["flows"] == ["main"]
    assert "callcenter prompts speak" in missing["cc-press"]["remedy"]
    assert listed["items"][0]["flows"] == ["main"]


async def test_a_file_that_vanished_or_changed_is_told(root: RealBrowser, office: Office) -> None:
    await upload(root, "welcome/ru", tone())
    await upload(root, "bye/ru", tone())
    folder = office.folder / "prompts" / "ru"
    (folder / "welcome.wav").unlink()
    (folder / "bye.wav").write_bytes(tone())
    items = (await root.api("GET", "/prompts")).json["items"]
    assert [item["problem"] for item in items] == [
        "its file is another one than was uploaded last: upload it again",
        "there is no file",
    ]


class BrokenRow(FlowStore):
    async def put_prompt(
        self, prompt: PromptId, language: str, sha256: str, seconds: float, *, by: Author = SYSTEM
    ) -> Prompt:
        raise DatabaseUnavailableError("away")


@pytest.mark.parametrize("before", [None, tone(1.0)])
async def test_without_its_row_the_audio_is_as_it_was(
    root: RealBrowser, office: Office, before: bytes | None
) -> None:
    file = office.folder / "prompts" / "ru" / "welcome.wav"
    if before is not None:
        await upload(root, "welcome/ru", before)
    was = file.read_bytes() if before is not None else None
    office.prompts._store = BrokenRow(office.database)
    assert (await upload(root, "welcome/ru", tone())).status == 503
    assert (file.read_bytes() if file.exists() else None) == was


async def test_a_folder_that_can_not_be_written_is_told_with_the_remedy(
    root: RealBrowser, office: Office
) -> None:
    (office.folder / "prompts").write_text("a file where the folder should be")
    answer = await upload(root, "welcome/ru", tone())
    assert answer.status == 503
    assert "asterisk.prompts_dir" in answer.json["detail"]


async def test_a_removal_that_was_cut_short_is_finished(root: RealBrowser, office: Office) -> None:
    await upload(root, "welcome/ru", tone())
    await FlowStore(office.database).remove_prompt(WELCOME, "ru")
    assert (await root.api("DELETE", "/prompts/welcome/ru")).status == 204
    assert not list((office.folder / "prompts" / "ru").iterdir())


# Messages


async def left(office: Office, number: int, queue: str, client: int | None = None) -> None:
    fact = MessageLeft(
        1_764_000_000.0 + number,
        CallId(f"main:{number}.1"),
        QueueId(queue),
        f"main-{number}-1_1",
        7,
        "+79161234567",
        None if client is None else ClientId(client),
    )
    async with office.database.write() as connection:
        await MessageProjection("ru").apply(connection, [LedgerEntry(1, number, fact)])


@pytest.fixture
async def messages(office: Office) -> Path:
    """Two, of which anna serves the queue of the first; the audio of the first."""
    for number, queue in ((1, SALES), (2, "other")):
        await left(office, number, queue)
    folder = office.folder / "messages"
    folder.mkdir()
    (folder / "main-1-1_1.wav").write_bytes(tone())
    return folder


async def test_a_message_is_heard_and_ticked_off(root: RealBrowser, messages: Path) -> None:
    items = (await root.api("GET", "/messages")).json["items"]
    assert [(item["queue"], item["seconds"]) for item in items] == [("other", 7), (SALES, 7)]
    first = items[1]["id"]
    heard = await root.api("GET", f"/messages/{first}/audio")
    assert (heard.status, heard.body) == (200, tone())
    assert (await root.api("GET", f"/messages/{items[0]['id']}/audio")).status == 404
    done = await root.api("PATCH", f"/messages/{first}", {"done": True})
    assert done.json["done_at"] is not None
    assert [item["id"] for item in (await root.api("GET", "/messages")).json["items"]] == [items[0]["id"]]
    assert [item["id"] for item in (await root.api("GET", "/messages?done=true")).json["items"]] == [first]
    again = await root.api("PATCH", f"/messages/{first}", {"done": False})
    assert again.json["done_at"] is None


async def test_an_operator_hears_what_is_for_his_queues(
    anna: RealBrowser, root: RealBrowser, messages: Path
) -> None:
    (mine,) = (await anna.api("GET", "/messages")).json["items"]
    assert mine["queue"] == SALES
    assert (await anna.api("GET", f"/messages/{mine['id']}/audio")).status == 200
    other = next(it for it in (await root.api("GET", "/messages")).json["items"] if it["id"] != mine["id"])
    assert (await anna.api("GET", f"/messages/{other['id']}/audio")).status == 403
    assert (await anna.api("PATCH", f"/messages/{other['id']}", {"done": True})).status == 403
    assert (await anna.api("GET", "/messages?queue=other")).status == 403


async def test_a_message_is_taken_by_one_and_given_by_a_supervisor(
    anna: RealBrowser, root: RealBrowser, messages: Path
) -> None:
    (mine,) = (await anna.api("GET", "/messages")).json["items"]
    path = f"/messages/{mine['id']}"
    assert (await anna.api("PATCH", path, {"assignee": "root"})).status == 403
    assert (await root.api("PATCH", path, {"assignee": "nobody"})).fields == {"assignee"}
    assert (await anna.api("PATCH", path, {"assignee": "anna"})).json["assignee"] == "anna"
    assert (await root.api("PATCH", path, {"assignee": "root"})).json["assignee"] == "root"
    assert (await anna.api("PATCH", path, {"assignee": "anna"})).status == 409
    assert (await anna.api("PATCH", path, {"assignee": ""})).status == 409
    for done in (True, False):
        assert (await anna.api("PATCH", path, {"done": done})).status == 403
    assert (await root.api("PATCH", path, {"done": True})).json["done_at"] is not None
    assert (await root.api("PATCH", path, {"done": False})).json["done_at"] is None
    assert (await root.api("PATCH", path, {"assignee": ""})).json["assignee"] is None
    both = await anna.api("PATCH", path, {"assignee": "anna", "done": True})
    assert (both.json["assignee"], both.json["done_at"] is None) == ("anna", False)


async def test_no_such_message(root: RealBrowser) -> None:
    assert (await root.api("GET", "/messages/99/audio")).status == 404
    assert (await root.api("PATCH", "/messages/99", {"done": True})).status == 404
