"""One node of a site that shares a Redis-protocol server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from callcenter.calls.requests import Reply, Request
from callcenter.calls.views import EntityUpdate
from callcenter.live.handling import answer_safely, busy
from callcenter.live.mirror import Mirror
from callcenter.live.ports import Lease, PictureListener, RequestHandler
from callcenter.live.redis.lease import LeaseTaker, RedisLease, TermFloor
from callcenter.live.redis.link import Link, RedisOptions
from callcenter.live.redis.publisher import Publisher
from callcenter.live.redis.reader import Reader
from callcenter.live.redis.requests import Answerer, Asker
from callcenter.tasks import TaskGroup


class RedisSite:
    """See ``ports.Site``.

    ``node`` must be unique within the site. ``term_floor`` gives, at each taking of the lease, the lowest
    term allowed; pass the ledger's own counter, so that no term comes twice even when the server loses its
    data or a site moves here from the in-process bus.
    """

    def __init__(self, options: RedisOptions, node: str, term_floor: TermFloor) -> None:
        self._options = options
        self._node = node
        self._term_floor = term_floor
        self._tasks = TaskGroup()
        self._mirror = Mirror()
        self._link: Link | None = None
        self._asker: Asker | None = None
        self._leases: dict[int, tuple[RedisLease, Publisher]] = {}
        self._serving: tuple[RedisLease, RequestHandler] | None = None

    @property
    def node(self) -> str:
        return self._node

    @property
    def reachable(self) -> bool:
        """Whether the server was last found well; the picture may be old otherwise."""
        return self._link is not None and self._link.reachable

    async def start(self) -> None:
        """Begin to follow the picture. A server that is away delays this by a moment and fails nothing:
        the node goes on trying. Raises ``ValueError`` for an address that isn't one."""
        link = self._link = Link(self._options)
        reader = Reader(link, self._mirror)
        self._asker = Asker(link)
        self._tasks.keep("live reader", reader.run)
        self._tasks.keep("live replies", self._asker.run)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._options.operation_seconds):
                await reader.loaded.wait()

    async def stop(self) -> None:
        """Hands the lease back, if it is held here, and ends every task and connection."""
        for lease, _ in tuple(self._leases.values()):
            await lease.release()
        await self._tasks.close()
        if self._link is not None:
            await self._link.close()

    async def take_lease(self) -> Lease:
        """Wait until this node is the router. Failures are logged and tried again."""
        link = self._started()
        lease = await LeaseTaker(link, self._node, self._term_floor, self._tasks).take()
        publisher = Publisher(link, lease)
        lease.before_release = publisher.drain
        self._leases[lease.term] = (lease, publisher)
        self._tasks.start(f"live publisher {lease.term}", self._while_held(lease, publisher.run))
        return lease

    async def _while_held(self, lease: RedisLease, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``work`` until the lease is over. The lease is over when the work crashes."""
        running = asyncio.ensure_future(work())
        lost = asyncio.ensure_future(lease.lost())
        waiting: tuple[asyncio.Future[Any], ...] = (running, lost)
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        except Exception:
            lease.end("a part of the live link crashed; see the log")
            raise
        finally:
            running.cancel()
            lost.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            if not lease.held:
                self._leases.pop(lease.term, None)

    def serve(self, lease: Lease, handler: RequestHandler) -> None:
        """Each request runs in a task of its own, started in the order of arrival."""
        ours = _ours(lease)
        self._serving = (ours, handler)
        answerer = Answerer(self._started(), ours, handler, self._tasks)
        self._tasks.start(f"live requests {ours.term}", self._while_held(ours, answerer.run))

    def publish(self, lease: Lease, updates: Sequence[EntityUpdate]) -> None:
        ours = _ours(lease)
        if (entry := self._leases.get(ours.term)) is not None and entry[0] is ours:
            entry[1].publish(updates)

    def subscribe(self, listener: PictureListener) -> Callable[[], None]:
        return self._mirror.subscribe(listener)

    async def submit(self, request: Request, timeout: float) -> Reply:
        if self._asker is None:
            return busy("this node has not started")
        if self._serving is not None and self._serving[0].held:
            return await self._ask_here(*self._serving, request, timeout)
        return await self._asker.ask(request, timeout)

    async def _ask_here(
        self, lease: RedisLease, handler: RequestHandler, request: Request, timeout: float
    ) -> Reply:
        """The router is this very node: no need for the server, which may be away."""
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        async def answer() -> None:
            answered = await answer_safely(handler, request)
            if not reply.done():
                reply.set_result(answered)

        self._tasks.start("live request here", answer())  # goes on when its asker gives up
        lost = asyncio.ensure_future(lease.lost())
        waiting: tuple[asyncio.Future[Any], ...] = (reply, lost)
        try:
            await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if reply.done():
                return reply.result()
            return busy(f"no answer in {timeout:g} s" if lease.held else "the router changed")
        finally:
            lost.cancel()
            reply.cancel()

    def _started(self) -> Link:
        if self._link is None:
            raise RuntimeError("start the site first")
        return self._link


def _ours(lease: Lease) -> RedisLease:
    if not isinstance(lease, RedisLease):
        raise TypeError(f"{lease!r} is not a lease of a Redis site")
    return lease
