"""Asks a server for the lists of a resync."""

from __future__ import annotations

import asyncio

from callcenter.errors import PeerError
from callcenter.telephony.ami.client import Answer, Connection, Reply
from callcenter.telephony.ami.frames import first
from callcenter.telephony.ami.resync import LIST_CHANNELS, LIST_STATIONS, Listing, read_listing
from routing.ids import ServerId

_NOT_LOADED = "Invalid/unknown command"
"""A starting Asterisk logs us in before all its modules are there, and says so within a second or two."""


class SessionEndedError(PeerError):
    """A connection is of no use any more; says why."""


class DeniedError(SessionEndedError):
    """The credentials, or a right that they should carry, were refused."""


async def list_server(
    connection: Connection, server: ServerId, deadline: float, blind_from: float | None
) -> Listing:
    """Both lists, asked for in one go, each within ``deadline`` seconds.

    Raises ``DeniedError`` when one is refused, ``SessionEndedError`` when one does not come, or comes short.
    """
    channels, stations = await asyncio.gather(
        connection.ask(LIST_CHANNELS, deadline=deadline, listed=True),
        connection.ask(LIST_STATIONS, deadline=deadline, listed=True),
    )
    _check(LIST_CHANNELS.name, channels)
    _check(LIST_STATIONS.name, stations)
    return read_listing(
        server,
        [item.headers for item in channels.items[:-1]],
        [item.headers for item in stations.items[:-1]],
        blind_from,
    )


def _check(name: str, reply: Reply) -> None:
    if reply.answer is Answer.REFUSED and reply.message.startswith(_NOT_LOADED):
        raise SessionEndedError(f"{name} is not loaded in Asterisk, or not yet")
    if reply.answer is Answer.REFUSED:
        raise DeniedError(f"{name} refused: {reply.message}")
    if reply.answer is not Answer.SUCCESS:
        raise SessionEndedError(f"{name}: {reply.message}")
    # The last item is the list's end, which says how many came before it.
    came, promised = len(reply.items) - 1, first(reply.headers, "listitems")
    if promised != str(came):
        raise SessionEndedError(f"{name}: {came} of {promised} items came")
