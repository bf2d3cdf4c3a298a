"""Whether callers hear every prompt that the plan in force may play to them: asked at the start and after
each change of the plan, told in the log, a metric and ``/readyz``. Nothing ends for a missing prompt: it is
passed over."""

from __future__ import annotations

from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Gauge

from callcenter.clock import Clock
from callcenter.flows.errors import PromptFolderError
from callcenter.flows.prompts import PromptDesk
from callcenter.flows.store import FlowStore
from callcenter.flows.views import Missing
from callcenter.prompts import PromptFolder
from callcenter.settings import Settings
from callcenter.storage import Database
from callcenter.web.ports import Ready
from routing.flows.model import FlowPlan

log = structlog.get_logger(__name__)

_SHOWN = 5
"""Names in one line of ``/readyz``; the log and ``callcenter prompts check`` have all."""


def prompt_desk(settings: Settings, database: Database, clock: Clock) -> PromptDesk:
    """The recordings of these settings, in the folder that Asterisk plays from."""
    asterisk = settings.asterisk
    folder = PromptFolder(Path(asterisk.prompts_dir))
    return PromptDesk(FlowStore(database, clock), folder, (asterisk.language, asterisk.other_language))


class PromptWatch:
    """One for a process. A prompt is logged once until it is there and goes missing again."""

    def __init__(self, desk: PromptDesk, registry: CollectorRegistry) -> None:
        self._desk = desk
        self._missing: tuple[Missing, ...] = ()
        self._told: set[tuple[str, str, str]] = set()
        self._problem = ""
        gauge = Gauge(
            "callcenter_prompts_missing",
            "Prompts of flows in force, by language, that callers would not hear in it",
            registry=registry,
        )
        gauge.set_function(lambda: len(self._missing))

    async def look(self, plan: FlowPlan) -> None:
        """Look at the folder. Never raises for what is found there."""
        try:
            self._missing = await self._desk.missing(plan)
        except PromptFolderError as error:
            if error.message != self._problem:
                log.warning("prompts.not_read", problem=error.message)
            self._problem = error.message
            return
        self._problem = ""
        now = {(one.id, one.language, one.problem): one for one in self._missing}
        for key, one in now.items():
            if key not in self._told:
                log.warning(
                    "prompts.missing",
                    prompt=one.id,
                    language=one.language,
                    problem=one.problem,
                    heard_instead=one.instead,
                    flows=list(one.flows),
                    remedy=one.remedy,
                )
        self._told = set(now)

    async def ready(self) -> Ready:
        """Always ready: calls are routed without prompts."""
        if self._problem:
            return Ready(True, self._problem)
        if not self._missing:
            return Ready(True, "")
        named = [f"{one.id} ({one.language})" for one in self._missing[:_SHOWN]]
        more = f" and {len(self._missing) - _SHOWN} more" if len(self._missing) > _SHOWN else ""
        return Ready(True, f"missing, and passed over: {', '.join(named)}{more}; callcenter prompts check")
