"""What reaches a log, and what doesn't."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from aiohttp.http_exceptions import BadStatusLine
from pydantic import SecretStr

from callcenter.logs import Format, Level, set_up_logs, shorten_bad_http
from tests.support.logs import plain_logs


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    loggers = {
        name: logging.getLogger(name).level
        for name in ("aiohttp.access", "alembic", "asyncio", "sqlalchemy.engine")
    }
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in loggers.items():
        logging.getLogger(name).setLevel(was)
    logging.captureWarnings(False)
    plain_logs()


def written(level: Level = "info", form: Format = "json", *, pii: bool = False) -> tuple[Any, io.StringIO]:
    out = io.StringIO()
    set_up_logs(level, form, pii=pii, stream=out)
    return structlog.get_logger("test"), out


def test_an_event_is_one_json_object_a_line() -> None:
    log, out = written()
    log.info("call.queued", call="main:1.1", queue="продажи")
    log.debug("too.fine")
    logging.getLogger("elsewhere").warning("from the standard library")
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert first["event"] == "call.queued"
    assert first["queue"] == "продажи"
    assert first["level"] == "info"
    assert first["timestamp"].endswith("Z")
    assert second["event"] == "from the standard library"


def test_personal_data_is_dropped_unless_asked_for() -> None:
    log, out = written()
    log.info(
        "call.matched",
        call="main:1.1",
        caller={"pii.name": "Пётр", "id": 1},
        **{"pii.number": "+79161234567"},
    )
    line = json.loads(out.getvalue())
    assert "Пётр" not in out.getvalue()
    assert "+79161234567" not in out.getvalue()
    assert line["caller"] == {"id": 1}
    assert line["pii"] == "dropped"


def test_personal_data_is_written_when_asked_for() -> None:
    log, out = written(pii=True)
    log.info("call.matched", **{"pii.number": "+79161234567"})
    assert json.loads(out.getvalue())["pii.number"] == "+79161234567"


@pytest.mark.parametrize("form", ["json", "console"])
def test_secrets_are_masked_wherever_they_are(form: Format) -> None:
    log, out = written(form=form)
    log.info(
        "settings.read",
        secret="hunter2-a",
        ami_password="hunter2-b",
        anything=SecretStr("hunter2-c"),
        nested={"headers": [{"Authorization": "hunter2-d"}], "deep": (SecretStr("hunter2-e"),)},
        url="postgresql://user:hunter2-f@host/name",
        error=ValueError("redis://:hunter2-g@host"),
    )
    try:
        raise RuntimeError("cannot reach postgresql://user:hunter2-h@host/name")
    except RuntimeError:
        log.exception("database.away")
    assert "hunter2" not in out.getvalue()
    assert "cannot reach" in out.getvalue()
    assert "user:***@host" in out.getvalue()


def test_what_only_sounds_like_a_secret_is_written() -> None:
    log, out = written()
    log.info("session", tokens_left=3, secretary="anna", password="")
    line = json.loads(out.getvalue())
    assert (line["tokens_left"], line["secretary"], line["password"]) == (3, "anna", "")


def test_what_is_no_http_is_one_line_without_its_bytes() -> None:
    said = logging.LogRecord("aiohttp.server", logging.ERROR, "", 0, "Error handling request", (), None)
    error = BadStatusLine("GET /?phone=+79161234567")
    said.exc_info = (BadStatusLine, error, None)
    assert shorten_bad_http(said)
    assert (said.levelname, said.getMessage(), said.exc_info) == ("INFO", "web.not_http", None)
    ours = logging.LogRecord("aiohttp.server", logging.ERROR, "", 0, "Error handling request", (), None)
    ours.exc_info = (ValueError, ValueError(), None)
    assert shorten_bad_http(ours)
    assert (ours.levelname, ours.exc_info is None) == ("ERROR", False)


def test_the_values_of_a_row_that_postgresql_refused_are_cut_off() -> None:
    log, out = written()
    try:
        raise ValueError(
            "null value in column\nDETAIL:  Failing row contains (1, Иван Секретов, +79161234567)."
        )
    except ValueError:
        log.exception("web.crashed")
    assert "DETAIL: ***" in out.getvalue()
    assert "Секретов" not in out.getvalue()
