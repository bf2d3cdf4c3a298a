"""The heartbeat that tells the dialplan that we serve: without it callers go to Asterisk's own queue."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from callcenter.clock import Clock
from callcenter.telephony.ami.action import AmiAction, global_variable
from callcenter.telephony.ami.client import Answer, Reply
from callcenter.telephony.ami.frames import first
from callcenter.telephony.ami.meter import Meter
from callcenter.telephony.ami.resync import ASK_TIME
from routing.ids import ServerId

log = structlog.get_logger(__name__)


class Heartbeat:
    """One server's heartbeat, in that server's time: its dialplan holds it against its own clock."""

    def __init__(self, server: ServerId, clock: Clock, meter: Meter) -> None:
        self._server = server
        self._clock = clock
        self._meter = meter
        self._skew = 0.0
        """Seconds that Asterisk's clock is ahead of ours."""
        self._refused = False
        self.paused = False

    def beat(self, request: Callable[[AmiAction, Callable[[Reply], None]], None]) -> None:
        """Write one beat, and ask for the time that the next one needs."""
        epoch = str(int(self._clock.now() + self._skew))
        request(global_variable("CC_HB", epoch), self._beaten)
        request(ASK_TIME, self.time_told)

    def time_told(self, reply: Reply) -> None:
        """The answer to ``ASK_TIME``. Without one the last is good enough."""
        value = first(reply.headers, "value")
        if reply.answer is Answer.SUCCESS and value.isascii() and value.isdigit():
            # Told in whole seconds, so half of one is the least mistake.
            self._skew = int(value) + 0.5 - self._clock.now()
            self._meter.skew(self._skew)

    def _beaten(self, reply: Reply) -> None:
        refused = reply.answer is Answer.REFUSED
        if refused and not self._refused:
            log.error("ami.heartbeat_refused", server=self._server, problem=reply.message)
        self._refused = refused
