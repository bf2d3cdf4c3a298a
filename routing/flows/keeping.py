"""The talk about a callback: at the caller's own number, or at one that he types and confirms."""

from __future__ import annotations

from dataclasses import replace

from routing.flows import spoken
from routing.flows.model import OfferCallback
from routing.flows.moves import Answer, Ask, CallbackKept, Failed, Heard, KeepPlace, Keys, Play, Stage, Why
from routing.flows.walk import Walk, Went

KEY_SECONDS = 5
TYPING_SECONDS = 10
MOST_DIGITS = 15  # of an E.164 number
FEWEST_DIGITS = 3  # of a number within the company
MOST_ASKS = 8
"""Questions of one such talk; then the caller is held to have declined."""
MOST_SILENCE = 2
"""Questions in a row without an answer (or with too short a number), the same."""


def offer(walk: Walk, step: OfferCallback) -> Went:
    if not walk.flows.has_queue(step.queue):
        return walk.give_up(Why.NO_SUCH_QUEUE, queue=step.queue)
    walk.note(Why.CALLBACK_OFFERED, queue=step.queue)
    return _offer_own(walk, step)


def answered(walk: Walk, step: OfferCallback, answer: Answer) -> Went | None:
    """None for an answer that does not belong here."""
    match walk.position.stage, answer:
        case Stage.KEEPING, CallbackKept():
            walk.note(Why.CALLBACK_KEPT)
            return walk.say_and_end((spoken.CALLBACK_KEPT,))
        case Stage.KEEPING, Failed(reason):
            walk.note(Why.CALLBACK_REFUSED, reason=reason)
            return walk.move(Play((spoken.CALLBACK_REFUSED,)), Stage.PLAYING)
        case Stage.PLAYING, Heard() | Keys() | Failed():
            return step.declined
        case Stage.OFFERED | Stage.TYPING | Stage.CONFIRMING, Keys(digits):
            return _keys(walk, step, digits)
        case _:
            return None


def _keys(walk: Walk, step: OfferCallback, digits: str) -> Went:
    stage, typed = walk.position.stage, digits.rstrip("#")
    if stage is not Stage.TYPING and digits == "1":
        return _keep(walk, step)
    if stage is Stage.TYPING and len(typed) >= FEWEST_DIGITS:
        walk.note(Why.TYPED, digits=len(typed))
        walk.position = replace(walk.position, collected=typed, silent=0)
        return _confirm(walk)
    another = walk.position.tries < MOST_ASKS
    if stage is Stage.TYPING or not digits:
        walk.note(Why.SILENCE)
        walk.position = replace(walk.position, silent=walk.position.silent + 1)
        if another and walk.position.silent < MOST_SILENCE:
            return _ask_again(walk, step)
    elif digits == "2" and another:
        walk.position = replace(walk.position, silent=0)
        return _type(walk, ())
    walk.note(Why.CALLBACK_DECLINED)
    return step.declined


def _ask_again(walk: Walk, step: OfferCallback) -> Went:
    match walk.position.stage:
        case Stage.OFFERED:
            return _offer_own(walk, step)
        case Stage.CONFIRMING:
            return _confirm(walk)
        case _:
            return _type(walk, ())


def _offer_own(walk: Walk, step: OfferCallback) -> Went:
    own = spoken.digit_by_digit(walk.context.number)
    prompt = walk.prompt(step.prompt)
    if not own:
        return _type(walk, prompt)
    walk.try_once_more()
    words = (*prompt, spoken.CALLBACK_NUMBER, *own, spoken.CALLBACK_CONFIRM)
    return walk.move(Ask(words, 1, KEY_SECONDS), Stage.OFFERED)


def _type(walk: Walk, before: tuple[str, ...]) -> Went:
    walk.try_once_more()
    return walk.move(Ask((*before, spoken.CALLBACK_TYPE), MOST_DIGITS, TYPING_SECONDS), Stage.TYPING)


def _confirm(walk: Walk) -> Went:
    walk.try_once_more()
    number = spoken.digit_by_digit(walk.position.collected)
    words = (spoken.CALLBACK_NUMBER, *number, spoken.CALLBACK_CONFIRM)
    return walk.move(Ask(words, 1, KEY_SECONDS), Stage.CONFIRMING)


def _keep(walk: Walk, step: OfferCallback) -> Went:
    own = walk.position.stage == Stage.OFFERED
    walk.note(Why.CALLBACK_WANTED, queue=step.queue, own=own)
    number = walk.context.number if own else walk.position.collected
    waiting = walk.position.waiting
    since = walk.context.now if waiting is None else waiting.since
    return walk.move(KeepPlace(step.queue, number, since), Stage.KEEPING)
