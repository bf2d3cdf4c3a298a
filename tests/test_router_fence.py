"""A router that slept past its lease does nothing more to Asterisk, though a ring is due in its first
turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from callcenter.calls.callers import CallerFound
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.requests import (
    Accepted,
    BrowserConnected,
    Intent,
    Refusal,
    Refused,
    Reply,
    Request,
    SetIntent,
)
from callcenter.calls.restored import Restored
from callcenter.calls.states import Author
from callcenter.calls.views import EntityUpdate
from callcenter.clock import SystemClock
from callcenter.dispatch.inputs import PlanChanged
from callcenter.dispatch.options import CoreOptions
from callcenter.live.ports import Lease, PictureListener, RequestHandler
from callcenter.router import Router, RouterParts, TermMetrics
from callcenter.simulator import SimulatedPbx, SimulatorServer
from callcenter.telephony.ami import LinkOptions
from routing.acd.model import Agent, Queue, RoutingPlan
from routing.ids import AgentId, ClientId, QueueId, ServerId, StationId

ANNA = AgentId("anna")
GATE = 0.15
SECRET = "simulated-secret"
PLAN = RoutingPlan(
    (Queue(QueueId("sales"), "Sales", ("100",)),),
    (Agent(ANNA, "Anna", StationId("a1001"), (QueueId("sales"),)),),
    QueueId("sales"),
)


class TimedLease:
    """Ours until a moment; ``lost`` returns a turn of the loop after it, as any timer does."""

    term = 1

    def __init__(self) -> None:
        self.until = float("inf")
        self._over = asyncio.Event()

    @property
    def held(self) -> bool:
        return asyncio.get_running_loop().time() < self.until

    def ends_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self.until = loop.time() + seconds
        loop.call_at(self.until, self._over.set)

    async def lost(self) -> str:
        await self._over.wait()
        return "expired"

    async def release(self) -> None:
        pass


class OneNode:
    """``live.ports.Site``, as far as a router needs it."""

    node = "one"

    def __init__(self) -> None:
        self.handler: RequestHandler | None = None
        self.updates: list[EntityUpdate] = []
        self.published = asyncio.Event()

    def serve(self, lease: Lease, handler: RequestHandler) -> None:
        self.handler = handler

    def publish(self, lease: Lease, updates: Sequence[EntityUpdate]) -> None:
        self.updates += updates
        self.published.set()

    async def submit(self, request: Request, timeout: float) -> Reply:
        return Refused(Refusal.BUSY, "") if self.handler is None else await self.handler(request)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def take_lease(self) -> Lease:
        raise NotImplementedError

    def subscribe(self, listener: PictureListener) -> Callable[[], None]:
        raise NotImplementedError


class NoOne:
    async def look_up(self, number: str) -> CallerFound:
        return CallerFound(None, 0, b"{}")

    async def identify(self, typed: str, number: str) -> CallerFound:
        return await self.look_up(typed)

    async def card_of(self, client: ClientId, number: str) -> CallerFound:
        return await self.look_up(number)


class Facts:
    def __init__(self) -> None:
        self.names: list[str] = []

    def append(self, entries: Sequence[LedgerEntry]) -> None:
        self.names += [type(entry.fact).__name__ for entry in entries]


async def _eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.005)


async def test_a_ring_that_is_due_when_the_router_wakes_past_its_lease_is_not_sent() -> None:
    pbx = SimulatedPbx(now=time.time(), stations=("a1001",))
    exchange = SimulatorServer(pbx, credentials={"callcenter": SECRET})
    await exchange.start()
    lease, site, facts, stop = TimedLease(), OneNode(), Facts(), asyncio.Event()
    link = LinkOptions(ServerId("main"), "127.0.0.1", "callcenter", SECRET, exchange.port)
    router = Router(
        RouterParts(site, NoOne(), facts, SystemClock(), CoreOptions(pop_gate=GATE), (link,)), TermMetrics()
    )
    term = asyncio.create_task(router.serve_term(lease, PlanChanged(PLAN), Restored((), ()), until=stop))
    try:

        async def anna_is_ready() -> bool:
            reply = await site.submit(SetIntent(ANNA, Intent.READY, "", Author.AGENT), 1)
            return reply == Accepted()

        await _eventually(anna_is_ready)
        assert await site.submit(BrowserConnected(ANNA, "one/1"), 1) == Accepted()
        pbx.by_hand(lambda: pbx.call("+79161234567", "", "100"))

        async def offered() -> bool:
            return "OfferMade" in facts.names

        await _eventually(offered)
        assert "RingSent" not in facts.names  # the gate is open
        lease.ends_in(GATE / 2)
        time.sleep(GATE * 3)  # the machine stands still: lease and gate both end in its sleep
        async with asyncio.timeout(10):
            await term
        # Whatever was written before the link was cut has been read by now: the exchange shares this loop.
        for _ in range(20):
            await asyncio.sleep(0)
        assert [channel.name for channel in pbx.channels.values() if "a1001" in channel.name] == []
    finally:
        stop.set()
        await asyncio.wait((term,), timeout=10)
        await exchange.stop()
