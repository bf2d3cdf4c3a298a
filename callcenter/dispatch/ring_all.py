"""Several phones that ring for one call: how one of them leaves the ring while the others ring on.

Theory of operation. One Redirect rings them all, and Asterisk holds the caller again only when the last of
them has failed. So while others ring, an agent's offer ends with his own leg: he is free at once, and what
his phone did is told by that leg's events alone (``DialFinished`` speaks of the ring as a whole). The offer
that is left last ends as any other, when the caller is held again, answered or gone; of that, a word must
come soon after its leg is over, or Asterisk is asked.

A leg that Asterisk cancelled says nothing of its agent: somebody else answered, or the caller left, or we
took him elsewhere. Unless the leg says which, its offer waits the moment until that is told.
"""

from __future__ import annotations

from callcenter.calls.entities import Call, Offer, Seat
from callcenter.calls.states import OfferOutcome, OfferState
from callcenter.dispatch import offers
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.listing import Listing
from callcenter.telephony.commands import HangUp
from callcenter.telephony.events import RingOutcome
from routing.ids import StationId

_ANSWERED_ELSEWHERE = 26
"""Q.850's cause of a leg that lost the race to answer."""
_PLAINER = {
    1: RingOutcome.UNREACHABLE,  # 404
    3: RingOutcome.UNREACHABLE,
    20: RingOutcome.UNREACHABLE,
    21: RingOutcome.BUSY,  # 603 Decline
    27: RingOutcome.UNREACHABLE,
}
"""What a leg's cause says where ``RingEnded`` only knows that nobody answered."""


def leg_over(desk: Desk, call: Call, offer: Offer, cause: int) -> None:
    """The offer's phone rings no more."""
    if offer.verdict is RingOutcome.NO_ANSWER:
        offer.verdict = _PLAINER.get(cause, offer.verdict)
    if offer.state is not OfferState.RINGING:
        return
    if len(call.offered) < 2 or offer.verdict is RingOutcome.ANSWERED:
        # The hold, the conversation, or the caller's end follows at once. Had the phone's own verdict got
        # lost with that word, nobody would ask before the time of the whole ring is over.
        desk.expect(call, desk.options.settle)
        return
    told = offers.outcome_of(offer)
    if told is OfferOutcome.WITHDRAWN and not offer.leaving:
        if cause == _ANSWERED_ELSEWHERE or _somebody_answered(call):
            told = OfferOutcome.ANSWERED_ELSEWHERE
        elif offer.verdict is RingOutcome.CANCELLED:
            desk.expect(call, desk.options.settle)
            return
        else:
            call.declined[offer.agent] = desk.now  # nobody said why
    offers.end(desk, call, offer, told)


def _somebody_answered(call: Call) -> bool:
    return any(one.verdict is RingOutcome.ANSWERED for one in call.offered.values())


def leave(desk: Desk, seat: Seat, *, phone_gone: bool = False) -> None:
    """The agent signed off or lost his phone: while others are rung for the same call, they ring on without
    him. As the last one he is rung on: he may still answer."""
    offer = None if seat.offer is None else desk.floor.offer(seat.offer)
    if offer is None:
        return
    call = desk.floor.calls[offer.call]
    others = [one for one in call.offered.values() if one is not offer and _is_rung(one)]
    if not others or not _is_rung(offer):
        return
    if offer.state is OfferState.SHOWN:
        offers.take_back(desk, call, offer, OfferOutcome.WITHDRAWN)
    elif phone_gone and offer.leg is None:
        offers.end(desk, call, offer, OfferOutcome.WITHDRAWN)
    elif desk.floor.is_up(call.server):
        offer.leaving = True
        hang_up(desk, call, offer)


def _is_rung(offer: Offer) -> bool:
    return offer.verdict is None and not offer.decline_asked and not offer.leaving


def hang_up(desk: Desk, call: Call, offer: Offer) -> None:
    """Have his phone ring no more. Without a leg yet, its start is answered with the hang-up."""
    if offer.leg is not None and offer.leg in desk.floor.legs:
        desk.do(HangUp(call.server, call.id, offer.leg))


def finished(desk: Desk, call: Call, outcome: RingOutcome) -> None:
    """The ring as a whole is over. Who has no leg was not even rung, if nobody was."""
    if outcome is RingOutcome.ANSWERED:
        return
    live = tuple(call.offered.values())
    for offer in live:
        if offer.state is not OfferState.RINGING:
            return
        if outcome is RingOutcome.UNREACHABLE and all(one.leg is None for one in live):
            offers.verdict(desk, call, offer, outcome)
    if live:
        desk.expect(call, desk.options.settle)


def compare(listing: Listing, call: Call, ringing: frozenset[StationId]) -> None:
    """A listing shows which phones ring for a call of ours that does: others are out of the ring, if their
    legs are over, or if they never had one that we heard of."""
    desk = listing.desk
    for offer in tuple(call.offered.values()):
        if len(call.offered) < 2 or not ringing or offer.station in ringing:
            continue
        over = offer.leg is not None and offer.leg not in desk.floor.legs
        if over or (offer.leg is None and listing.agrees("not rung", offer.id, call.revision)):
            offers.end(desk, call, offer, OfferOutcome.WITHDRAWN)
