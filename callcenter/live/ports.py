"""Several server processes, one site: the lease that makes one of them the router, and the fan-out that lets
every one serve browsers.

Two implementations with one contract test: ``local`` (in process) and ``redis`` (any Redis-protocol server).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from callcenter.calls.requests import Reply, Request
from callcenter.calls.views import EntityUpdate


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the stream of updates. ``epoch`` changes with each new lease holder; ``seq`` counts from
    1 within it."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class PictureReset:
    """The whole picture as of ``position``: replace everything."""

    position: Position
    entities: tuple[EntityUpdate, ...]


@dataclass(frozen=True, slots=True)
class PictureChanged:
    """Updates in order; the last has ``position``. Follows the previous reset or change without a gap."""

    position: Position
    updates: tuple[EntityUpdate, ...]


PictureMessage: TypeAlias = PictureReset | PictureChanged
PictureListener: TypeAlias = Callable[[PictureMessage], None]
RequestHandler: TypeAlias = Callable[[Request], Awaitable[Reply]]


class Lease(Protocol):
    """The right to route. ``term`` is the fencing token: it grows with every new holder and is never
    reused."""

    @property
    def term(self) -> int: ...

    @property
    def held(self) -> bool:
        """Whether it is ours at this very moment. False at the end of its time even when the loop was too
        busy for ``lost`` to return; whoever acts as the router asks this just before he does."""

    async def lost(self) -> str:
        """Returns, with the reason, once the lease is no longer ours; the caller must stop routing at
        once."""

    async def release(self) -> None:
        """Hand the lease back, so that another node may take it without waiting for its end."""


class Site(Protocol):
    """One node's view of the site. ``start`` before use, ``stop`` in the end."""

    @property
    def node(self) -> str:
        """This process's name, unique within the site."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def take_lease(self) -> Lease:
        """Wait until this node is the router."""

    def serve(self, lease: Lease, handler: RequestHandler) -> None:
        """As the holder of ``lease``, answer requests from all nodes until it is lost or released."""

    def publish(self, lease: Lease, updates: Sequence[EntityUpdate]) -> None:
        """As the holder, send updates to every node, in order, without blocking. A holder whose lease was
        taken over publishes nothing any more (fenced by the term). The first publish of a lease starts an
        empty picture."""

    def subscribe(self, listener: PictureListener) -> Callable[[], None]:
        """Be told the picture (at once, as a reset) and its changes. Returns the way to unsubscribe. A
        node that missed messages is given a reset by itself."""

    async def submit(self, request: Request, timeout: float) -> Reply:
        """Ask the router; ``Refused(BUSY)`` when nobody holds the lease or no answer came in ``timeout``
        seconds."""
