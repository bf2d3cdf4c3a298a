"""What the product itself has to say to callers, and how numbers are told.

A number to be spoken is written as digits; one to be told digit by digit (a phone number) is as many words
of one digit each. The words stand so that no noun has to agree with a number that follows it: Russian has
three plural forms.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from routing.ids import PromptId

POSITION = PromptId("cc-position")
MINUTES = PromptId("cc-minutes")
PRESS = PromptId("cc-press")
STAR = PromptId("cc-star")
POUND = PromptId("cc-pound")
CALLBACK_NUMBER = PromptId("cc-callback-number")
CALLBACK_CONFIRM = PromptId("cc-callback-confirm")
CALLBACK_TYPE = PromptId("cc-callback-type")
CALLBACK_KEPT = PromptId("cc-callback-kept")
CALLBACK_REFUSED = PromptId("cc-callback-refused")
CLOSED = PromptId("cc-closed")


class Words(NamedTuple):
    """What a prompt must say, by language."""

    ru: str
    en: str


BUILT_IN: dict[PromptId, Words] = {
    POSITION: Words("Ваш номер в очереди:", "Your position in the queue is:"),  # a number follows
    MINUTES: Words(  # a number follows
        "Примерное время ожидания в минутах:", "The expected wait, in minutes, is about:"
    ),
    PRESS: Words(  # a key follows
        "Чтобы положить трубку и сохранить своё место в очереди, нажмите:",
        "To hang up and be called back when your turn comes, press:",
    ),
    STAR: Words("звёздочку", "star"),
    POUND: Words("решётку", "pound"),
    CALLBACK_NUMBER: Words("Мы перезвоним вам по номеру:", "We will call you back at:"),  # digits follow
    CALLBACK_CONFIRM: Words(
        "Если всё верно, нажмите один. Чтобы ввести другой номер, нажмите два. "
        "Чтобы остаться на линии, нажмите любую другую клавишу.",
        "If this is right, press one. To enter another number, press two. "
        "To stay on the line, press any other key.",
    ),
    CALLBACK_TYPE: Words(
        "Введите номер телефона и нажмите решётку.", "Enter the phone number, then press pound."
    ),
    CALLBACK_KEPT: Words(
        "Спасибо. Ваше место в очереди сохранено, мы вам перезвоним. До свидания.",
        "Thank you. Your place in the queue is kept, and we will call you back. Good-bye.",
    ),
    CALLBACK_REFUSED: Words(
        "К сожалению, перезвонить по этому номеру мы не можем.",
        "We are sorry, but we cannot call this number back.",
    ),
    CLOSED: Words(
        "К сожалению, сейчас мы не можем ответить. Пожалуйста, позвоните позже.",
        "We are sorry, but we cannot answer right now. Please call again later.",
    ),
}
"""Every prompt that callers may hear without anybody uploading it. An upload of the same name replaces it."""


def minutes(seconds: float) -> int:
    """An expected wait as it is told: whole minutes, never fewer than it is, at least one."""
    return max(1, math.ceil(seconds / 60))


def digit_by_digit(number: str) -> tuple[str, ...]:
    """A phone number to be told; what is no digit is left out."""
    return tuple(sign for sign in number if sign in "0123456789")


def key(sign: str) -> str:
    """A key of the phone, as it is told."""
    return {"*": STAR, "#": POUND}.get(sign, sign)
