"""What the product logs during tests."""

from __future__ import annotations

import structlog


def plain_logs() -> None:
    """As structlog's own default, but with an error's traceback as the product writes it. The default
    draws it with every local variable of every frame: ten seconds of computing for one refused fact."""
    structlog.reset_defaults()
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, plain])
