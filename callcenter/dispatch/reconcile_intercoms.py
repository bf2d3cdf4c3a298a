"""Calls between two agents against Asterisk's list (see ``reconcile``).

One that Asterisk does not have is over, and nobody knows how. One that says more than we knew is believed at
once, for a channel that rings or a bridge with both can only be true. One that we don't know is taken up when
nothing holds its two agents."""

from __future__ import annotations

from callcenter.calls.intercoms import Intercom
from callcenter.dispatch import intercoms
from callcenter.dispatch.listing import Listing, one_call
from callcenter.telephony.events import FoundIntercom, ServerSynced
from routing.ids import call_of_intercom


def compare(listing: Listing, event: ServerSynced) -> None:
    desk = listing.desk
    found = {one.intercom: one for one in event.intercoms}
    for intercom in tuple(desk.floor.intercoms.values()):
        if intercom.server != listing.server.id:
            continue
        with one_call(desk, call_of_intercom(intercom.id)):
            if (there := found.pop(intercom.id, None)) is not None:
                _settle(listing, intercom, there)
            elif not intercom.begun and not listing.sure:
                continue  # its command may be on its way
            elif listing.agrees("intercom gone", intercom.id, intercom.revision):
                intercoms.lose(desk, intercom, _last_seen(listing))
    for there in found.values():
        if not desk.floor.is_buried(call_of_intercom(there.intercom)):
            with one_call(desk, call_of_intercom(there.intercom)):
                _adopt(listing, there)


def _adopt(listing: Listing, found: FoundIntercom) -> None:
    floor = listing.desk.floor
    if listing.agrees("intercom found", found.intercom, 0):
        by, to = floor.seat_at(found.station), floor.seat_at(found.to)
        adopted = intercoms.adopt(listing.desk, found.intercom, by, to, found.age)
        if adopted is not None:
            _settle(listing, adopted, found)


def _last_seen(listing: Listing) -> float:
    return listing.desk.now if listing.blind_from is None else listing.blind_from


def _settle(listing: Listing, intercom: Intercom, found: FoundIntercom) -> None:
    desk, leg = listing.desk, found.leg
    if leg is not None and not desk.floor.is_buried(leg):
        intercoms.started(desk, intercom, leg)
        if found.talking:
            intercoms.answered(desk, intercom, leg)
    else:
        intercoms.started(desk, intercom, None)
        gone = intercom.there is not None or intercom.answered_at is not None
        if gone and leg is None and listing.agrees("colleague gone", intercom.id, intercom.revision):
            intercom.there = None
            intercom.left_at = intercom.left_at or _last_seen(listing)
    if intercom.hung_up and listing.agrees("hung up in vain", intercom.id, intercom.revision):
        intercoms.put_down(desk, intercom)
