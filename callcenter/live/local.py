"""The site in one process: the same promises as ``redis``, kept by a ``LocalBus`` in memory.

One ``LocalSite`` is what a single server runs with. Several on one bus are several nodes, as tests and
simulations want them. Everything runs on one event loop.

The lease has a time to live here, too, renewed by a task of its node: a node whose tasks have died loses it.
It is looked at only when another node wants it, so a single node whose loop stalled does not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from callcenter.calls.requests import Reply, Request
from callcenter.calls.views import EntityUpdate
from callcenter.live.handling import answer_safely, busy
from callcenter.live.mirror import Mirror
from callcenter.live.ports import Lease, PictureListener, RequestHandler
from callcenter.tasks import TaskGroup

log = structlog.get_logger(__name__)

TermSource = Callable[[], Awaitable[int]]

_MAX_UNDELIVERED = 1_000
"""Publications a node has not yet been told of. One more and it is given the whole picture instead."""
_MAX_PENDING = 1_000
"""Requests of one node that await their reply. One more is refused as BUSY."""
_MAX_REQUESTS = 1_000
"""Requests of all nodes that the holder has not yet looked at. One more is refused as BUSY."""
_RETRY_SECONDS = 0.5


class LocalLease:
    """See ``ports.Lease``."""

    def __init__(self, bus: LocalBus, node: str, term: int) -> None:
        self._bus = bus
        self._over = asyncio.Event()
        self._reason = ""
        self.node = node
        self.term = term
        self.expires_at = 0.0
        """Loop time in seconds; another node may take over from then on."""
        # Emptied by the holder's ``serve``. Full: the request is refused as BUSY.
        self.requests: asyncio.Queue[tuple[Request, asyncio.Future[Reply]]] = asyncio.Queue(_MAX_REQUESTS)

    @property
    def held(self) -> bool:
        return not self._over.is_set()

    async def lost(self) -> str:
        """Returns, with the reason, once the lease is no longer ours."""
        await self._over.wait()
        return self._reason

    async def release(self) -> None:
        """Hand it back. Does nothing when it is gone already."""
        self._bus.end(self, "released")

    def end(self, reason: str) -> None:
        """For the bus: it is over."""
        if not self._over.is_set():
            self._reason = reason
            self._over.set()


class LocalBus:
    """What Redis is to the other implementation: the lease, the latest picture, and who listens.

    ``next_term`` gives a term that is greater than every one before it, in this process and in earlier ones
    (the counter of the database). ``lease_seconds`` is the lease's time to live.
    """

    def __init__(self, next_term: TermSource, lease_seconds: float = 6.0) -> None:
        self.next_term = next_term
        self.lease_seconds = lease_seconds
        self.picture = Mirror()
        self.holder: LocalLease | None = None
        self.changed = asyncio.Event()
        """Set, and replaced, when the lease ends or changes hands."""
        self.taking = asyncio.Lock()
        self._sites: list[LocalSite] = []
        self._last_term = 0

    def join(self, site: LocalSite) -> None:
        """A node from now on; it is given the picture as it is."""
        self._sites.append(site)
        site.deliver_picture()

    def leave(self, site: LocalSite) -> None:
        """No node any more; its lease, if any, is handed back."""
        if site in self._sites:
            self._sites.remove(site)
        if self.holder is not None and self.holder.node == site.node:
            self.end(self.holder, "released")

    async def take(self, node: str) -> LocalLease:
        """Take the lease, which the caller found free while holding ``taking``. Raises what ``next_term``
        raises, and ``ValueError`` when its term is not a new one."""
        term = await self.next_term()
        if term <= self._last_term:
            raise ValueError(f"term {term} does not follow {self._last_term}")
        self._last_term = term
        if self.holder is not None:
            self.end(self.holder, f"expired, and taken over by {node}")
        lease = LocalLease(self, node, term)
        self.renew(lease)
        self.holder = lease
        return lease

    def renew(self, lease: LocalLease) -> None:
        lease.expires_at = asyncio.get_running_loop().time() + self.lease_seconds

    def end(self, lease: LocalLease, reason: str) -> None:
        """End a lease, for whatever reason, and let whoever waits for it know."""
        if self.holder is lease:
            self.holder = None
        lease.end(reason)
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def publish(self, lease: LocalLease, updates: Sequence[EntityUpdate]) -> None:
        """Fenced: nothing happens unless ``lease`` is the one that is held."""
        if self.holder is not lease or not lease.held:
            return
        epoch = str(lease.term)
        first = self.picture.position.seq + 1 if self.picture.position.epoch == epoch else 1
        if first > 1 and not updates:
            return
        self.picture.change(epoch, first, updates)
        for site in self._sites:
            site.deliver(epoch, first, updates)


class LocalSite:
    """One node on a ``LocalBus``. See ``ports.Site``."""

    def __init__(self, bus: LocalBus, node: str) -> None:
        self._bus = bus
        self._node = node
        self._mirror = Mirror()
        self._tasks = TaskGroup()
        # Filled by the bus, emptied by a callback of the loop, so that no listener runs within a publish.
        # Overflow (_MAX_UNDELIVERED): emptied, and the whole picture delivered instead.
        self._undelivered: deque[tuple[str, int, tuple[EntityUpdate, ...]]] = deque()
        self._overflowed = False
        self._scheduled = False
        self._started = False
        self._pending = 0

    @property
    def node(self) -> str:
        return self._node

    async def start(self) -> None:
        self._started = True
        self._bus.join(self)

    async def stop(self) -> None:
        """Hands the lease back, if it is held here, and ends every task."""
        self._started = False
        self._bus.leave(self)
        await self._tasks.close()

    async def take_lease(self) -> Lease:
        """Wait until this node is the router. A failing ``next_term`` is logged and tried again."""
        loop = asyncio.get_running_loop()
        while True:
            async with self._bus.taking:
                holder = self._bus.holder
                if holder is None or holder.expires_at <= loop.time():
                    try:
                        lease = await self._bus.take(self._node)
                    except Exception as error:
                        log.warning("live.no_term", node=self._node, error=str(error))
                        wait = _RETRY_SECONDS
                    else:
                        self._tasks.start(f"lease {lease.term} of {self._node}", self._keep(lease))
                        return lease
                else:
                    wait = holder.expires_at - loop.time()
                changed = self._bus.changed
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await changed.wait()

    async def _keep(self, lease: LocalLease) -> None:
        while lease.held:
            self._bus.renew(lease)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._bus.lease_seconds / 4):
                    await lease.lost()

    def serve(self, lease: Lease, handler: RequestHandler) -> None:
        """Each request runs in a task of its own, started in the order of arrival."""
        ours = self._ours(lease)
        if ours.held:
            self._tasks.start(f"requests of term {ours.term}", self._serve(ours, handler))

    async def _serve(self, lease: LocalLease, handler: RequestHandler) -> None:
        while lease.held:
            request, reply = await lease.requests.get()
            if not reply.done():
                self._tasks.start(f"request to {self._node}", _answer(handler, request, reply))

    def publish(self, lease: Lease, updates: Sequence[EntityUpdate]) -> None:
        self._bus.publish(self._ours(lease), updates)

    def subscribe(self, listener: PictureListener) -> Callable[[], None]:
        return self._mirror.subscribe(listener)

    async def submit(self, request: Request, timeout: float) -> Reply:
        lease = self._bus.holder
        if not self._started or lease is None:
            return busy("no node holds the router's lease")
        if self._pending >= _MAX_PENDING:
            return busy(f"{_MAX_PENDING} requests of this node await their reply")
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        try:
            lease.requests.put_nowait((request, reply))
        except asyncio.QueueFull:
            return busy("the router is behind with its requests")
        lost = asyncio.ensure_future(lease.lost())
        waiting: tuple[asyncio.Future[Any], ...] = (reply, lost)
        self._pending += 1
        try:
            await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pending -= 1
            lost.cancel()
            answer = reply.result() if reply.done() else None
            reply.cancel()
        if answer is not None:
            return answer
        why = "the router changed" if not lease.held else f"no answer in {timeout:g} s"
        return busy(why)

    def deliver(self, epoch: str, first: int, updates: Sequence[EntityUpdate]) -> None:
        """For the bus: pass these on at the next turn of the loop."""
        if len(self._undelivered) >= _MAX_UNDELIVERED:
            self.deliver_picture()
        elif not self._overflowed:
            self._undelivered.append((epoch, first, tuple(updates)))
            self._schedule()

    def deliver_picture(self) -> None:
        """For the bus: pass on the whole picture at the next turn of the loop."""
        self._undelivered.clear()
        self._overflowed = True
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        if self._overflowed:
            self._overflowed = False
            self._resync()
        while self._undelivered:
            epoch, first, updates = self._undelivered.popleft()
            if not self._mirror.change(epoch, first, updates):
                self._resync()

    def _resync(self) -> None:
        whole = self._bus.picture.picture()
        if whole.position != self._mirror.position:
            self._mirror.replace(whole.position, whole.entities)

    def _ours(self, lease: Lease) -> LocalLease:
        if not isinstance(lease, LocalLease):
            raise TypeError(f"{lease!r} is not a lease of a local site")
        return lease


async def _answer(handler: RequestHandler, request: Request, reply: asyncio.Future[Reply]) -> None:
    answer = await answer_safely(handler, request)
    if not reply.done():
        reply.set_result(answer)
