"""Several Asterisk servers from one process, behind the dispatcher's ``Telephony`` port."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from callcenter.telephony.ami.link import AmiLink
from callcenter.telephony.ami.state import LinkState
from callcenter.telephony.commands import TelephonyCommand
from routing.ids import ServerId


class AmiFleet:
    """One link a server. Their events go where each link posts; the order holds within a server.

    Raises ``ValueError`` for no link at all, or two to one server.
    """

    def __init__(self, links: Sequence[AmiLink]) -> None:
        self._links = {link.options.server: link for link in links}
        if not links or len(self._links) != len(links):
            raise ValueError("one link or more, each to a server of its own")

    async def start(self) -> None:
        """Begin to connect to all; returns at once."""
        for link in self._links.values():
            await link.start()

    async def stop(self) -> None:
        """Stop all links, side by side."""
        await asyncio.gather(*(link.stop() for link in self._links.values()))

    def cut(self, reason: str = "stopped") -> None:
        """Fence this process off from all servers, at once; follow with ``stop``."""
        for link in self._links.values():
            link.cut(reason)

    def pause_heartbeat(self) -> None:
        """Let every server's heartbeat go stale."""
        for link in self._links.values():
            link.pause_heartbeat()

    def resume_heartbeat(self) -> None:
        """Undo ``pause_heartbeat``."""
        for link in self._links.values():
            link.resume_heartbeat()

    def states(self) -> Mapping[ServerId, LinkState]:
        """Where each link is."""
        return {server: link.state for server, link in self._links.items()}

    def send(self, command: TelephonyCommand) -> None:
        """To the command's server. For a server that is not of the fleet (a call of yesterday's settings),
        the answer is ``CommandFailed``, posted by the first link."""
        link = self._links.get(command.server)
        if link is None:
            next(iter(self._links.values())).refuse(command, "no such server")
        else:
            link.send(command)
