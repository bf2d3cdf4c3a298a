"""Logs: structured, one line an event; never a secret, and no personal data unless asked for.

Callers put phone numbers, names, DTMF and CRM data under keys that begin with ``pii.``
(``log.info("call.matched", **{"pii.number": number})``); what is under other keys is written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import SecretBytes, SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

PII_PREFIX = "pii."
MASK = "***"

_SECRET_KEY = re.compile(
    r"(^|[._-])(secret|password|passwd|passphrase|token|authorization|cookie|api_?key|private_?key)s?$", re.I
)
_URL_PASSWORD = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@", re.I)
# PostgreSQL repeats the values of a refused row, which may be a person's.
_ROW_VALUES = re.compile(r"(?<=DETAIL: ).*")

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["console", "json"]


def set_up_logs(level: Level, form: Format, *, pii: bool, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process, the standard library's included; call it once, at the start.

    ``stream`` is standard error unless given. Blocking on a full pipe blocks the process, as it would anyway.
    """
    out = sys.stderr if stream is None else stream
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [keep_pii if pii else drop_pii, mask_secrets]
    if form == "json":
        # The traceback becomes text before the mask sees it, so that a password in it is masked, too.
        last = [
            structlog.processors.format_exc_info,
            *last,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        colours = bool(getattr(out, "isatty", lambda: False)())
        plain = structlog.dev.plain_traceback
        last = [structlog.processors.format_exc_info, *last]
        last.append(structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(_number(level))
    for chatty in ("aiohttp.access", "alembic", "asyncio", "sqlalchemy.engine"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(shorten_bad_http)
    logging.captureWarnings(True)


def shorten_bad_http(record: logging.LogRecord) -> bool:
    """What is no HTTP is its sender's mistake: one line instead of a traceback, and none of the bytes, which
    may hold anything."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.args, record.exc_info = "web.not_http", (), None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


def drop_pii(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Remove what is under ``pii.*`` keys, at any depth, and say that something was."""
    dropped = _without_pii(event)
    if dropped != event:
        dropped["pii"] = "dropped"
    return dropped


def keep_pii(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Leave everything in, where the settings say so."""
    return event


def mask_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask secrets: by type, by the name of the key, and passwords within addresses; at any depth."""
    return {key: _masked(str(key), value) for key, value in event.items()}


def _without_pii(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_pii(inner) if isinstance(inner, dict) else inner
        for key, inner in value.items()
        if not str(key).startswith(PII_PREFIX)
    }


def _masked(key: str, value: Any) -> Any:
    if isinstance(value, SecretStr | SecretBytes) or (_SECRET_KEY.search(key) and value not in (None, "")):
        return MASK
    if isinstance(value, str):
        return _ROW_VALUES.sub(MASK, _URL_PASSWORD.sub(rf"\g<1>{MASK}@", value))
    if isinstance(value, Mapping):
        return {inner: _masked(str(inner), of) for inner, of in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(key, one) for one in value]
    if isinstance(value, BaseException):
        return _masked("", f"{type(value).__name__}: {value}")
    return value


def _number(level: Level) -> int:
    return {"debug": 10, "info": 20, "warning": 30, "error": 40}[level]
