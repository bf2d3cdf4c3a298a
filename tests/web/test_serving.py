"""Health, metrics, the console's files and the API's document."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from callcenter.calls.views import AgentView, CallView, IntercomView, QueueView, ServerView
from callcenter.web import document as openapi
from callcenter.web.access import RULES
from callcenter.web.endpoint import PREFIX
from callcenter.web.ports import Ready

from .conftest import Browser, World


async def test_health_says_what_is_wrong(browser: Browser, world: World) -> None:
    assert (await browser.call("GET", "/healthz")).json == {"status": "alive"}
    answer = await browser.call("GET", "/readyz")
    assert answer.status == 200
    assert answer.json["components"]["database"] == {"ok": True, "detail": "answers"}
    assert answer.json["components"]["static"]["ok"] is False
    world.ready["database"] = Ready(False, "no answer since 12:00")
    answer = await browser.call("GET", "/readyz")
    assert answer.status == 503
    assert answer.json["status"] == "not ready"
    assert answer.json["components"]["database"]["detail"] == "no answer since 12:00"


async def test_a_check_that_fails_or_hangs_is_told(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing() -> Ready:
        raise OSError("no route to db.internal with password=x")

    async def hanging() -> Ready:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("callcenter.web.health._DEADLINE", 0.05)
    world.deps.ready.update(live=failing, telephony=hanging)  # type: ignore[attr-defined]
    components = (await browser.call("GET", "/readyz")).json["components"]
    assert components["live"] == {"ok": False, "detail": "failed: OSError"}
    assert components["telephony"]["detail"] == "no answer in 0.05 s"


async def test_metrics_name_routes_and_never_paths(browser: Browser) -> None:
    await browser.sign_in_as("sveta")
    await browser.api("GET", "/clients/1")
    await browser.call("GET", "/api/v1/guess-" + "x" * 50)
    await browser.call("PROPFIND", "/api/v1/site")
    text = (await browser.call("GET", "/metrics")).body.decode()
    assert 'route="/api/v1/clients/{client}",status="200"' in text
    assert 'route="unknown",status="404"' in text
    assert "guess" not in text
    assert "PROPFIND" not in text


async def test_without_a_built_console_there_is_a_page_with_the_remedy(browser: Browser) -> None:
    for path in ("/", "/calls/17"):
        answer = await browser.call("GET", path)
        assert answer.status == 503
        assert answer.headers["Content-Type"].startswith("text/html")
        assert b"./dev run" in answer.body


@pytest.fixture
def built(world: World) -> Path:
    folder = world.options.static
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>one</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "app-abc123.js").write_text("let a = 1")
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    return folder


async def test_the_console_is_served(built: Path, browser: Browser) -> None:
    for path in ("/", "/index.html", "/agents/anna", "/queues"):
        answer = await browser.call("GET", path)
        assert (answer.status, answer.body) == (200, b"<!doctype html><title>one</title>"), path
        assert answer.headers["Cache-Control"] == "no-cache"
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
    script = await browser.call("GET", "/assets/app-abc123.js")
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "javascript" in script.headers["Content-Type"]
    assert (await browser.call("GET", "/favicon.svg")).headers["Cache-Control"] == "no-cache"
    assert (await browser.call("GET", "/assets/app-old.js")).status == 404
    assert (await browser.call("GET", "/robots.txt")).status == 404
    assert (await browser.call("POST", "/agents")).status in (403, 405)


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/link.txt",
        "//etc/passwd",
        "/%00",
    ],
)
async def test_no_file_outside_is_served(built: Path, browser: Browser, path: str) -> None:
    url = browser.url("/")
    assert url.host is not None
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"secret" not in answer
    assert b"root:" not in answer


async def test_a_new_build_is_noticed_and_told(built: Path, browser: Browser) -> None:
    await browser.sign_in_as("anna")
    first = (await browser.socket("tab-00001")).welcome["version"]
    assert len(first) == 12
    (built / "index.html").write_text("<!doctype html><title>two, longer</title>")
    (built / "assets" / "app-new456.js").write_text("let a = 2")
    assert (await browser.socket("tab-00002")).welcome["version"] != first
    assert (await browser.call("GET", "/assets/app-new456.js")).status == 200


async def test_the_document_is_public_and_the_dumped_one(browser: Browser) -> None:
    answer = await browser.api("GET", "/openapi.json")
    assert answer.status == 200
    assert answer.body.decode() == openapi.text()


def test_the_dump_is_the_same_in_every_process() -> None:
    command = [sys.executable, "-W", "error", "-m", "callcenter.web.openapi"]
    dumps = {
        subprocess.run(
            command, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert dumps == {openapi.text().encode()}


def test_the_document_holds_every_endpoint_and_message() -> None:
    document = openapi.document()
    assert document["openapi"] == "3.1.0"
    described = {
        (method.upper(), PREFIX + path) for path, item in document["paths"].items() for method in item
    }
    assert described == {key for key in RULES if key[1].startswith(PREFIX) and "openapi" not in key[1]}
    schemas = document["components"]["schemas"]
    assert {"Entity", "ServerMessage", "ClientMessage", "Problem", "Card", "AgentView"} <= set(schemas)
    kinds = {"agent", "call", "queue", "server", "card", "colleague", "intercom", "chat", "marks"}
    assert set(schemas["Entity"]["discriminator"]["mapping"]) == kinds
    names = [item["operationId"] for path in document["paths"].values() for item in path.values()]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere() -> None:
    document = openapi.document()

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [ref for value in part.values() for ref in references(value)]
        return [ref for value in part for ref in references(value)] if isinstance(part, list) else []

    for reference in references(document):
        name = reference.removeprefix("#/components/schemas/")
        assert name in document["components"]["schemas"], reference


@pytest.mark.parametrize("view", [AgentView, CallView, IntercomView, QueueView, ServerView])
def test_views_are_described_as_they_are(view: type[Any]) -> None:
    described = openapi.document()["components"]["schemas"][view.__name__]
    own = TypeAdapter(view).json_schema()
    assert set(described["properties"]) == set(own["properties"])
    assert set(described["required"]) == set(own["properties"])
    assert json.dumps(described)
