"""What can be wrong with a plan: codes, and for each what it means and how it is put right."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Severity(StrEnum):
    ERROR = "error"  # the plan must not come into force
    WARNING = "warning"


class Code(StrEnum):
    UNKNOWN_STEP = "unknown-step"
    UNKNOWN_FLOW = "unknown-flow"
    UNKNOWN_QUEUE = "unknown-queue"
    UNKNOWN_HOURS = "unknown-hours"
    UNKNOWN_PROMPT = "unknown-prompt"
    UNKNOWN_SKILL = "unknown-skill"
    UNKNOWN_VALUE = "unknown-value"
    ID_TWICE = "id-twice"
    NUMBER_TWICE = "number-twice"
    KEY_TWICE = "key-twice"
    VALUE_TWICE = "value-twice"
    DATE_TWICE = "date-twice"
    BAD_KEY = "bad-key"
    BAD_NUMBER = "bad-number"
    OWN_NUMBER = "own-number"
    BAD_LANGUAGE = "bad-language"
    BAD_ZONE = "bad-zone"
    BAD_COUNTRY = "bad-country"
    BAD_DATE = "bad-date"
    OUT_OF_RANGE = "out-of-range"
    NO_CHOICES = "no-choices"
    CYCLE = "cycle"
    OVERFLOW_BACK = "overflow-back"
    KEY_WITHOUT_CALLBACK = "key-without-callback"
    NOT_A_CALLBACK = "not-a-callback"
    NEVER_OPENS = "never-opens"
    QUEUE_UNSTAFFED = "queue-unstaffed"
    QUEUE_UNSKILLED = "queue-unskilled"
    CALLBACK_UNSTAFFED = "callback-unstaffed"
    # Warnings.
    UNREACHABLE_STEP = "unreachable-step"
    UNREACHABLE_FLOW = "unreachable-flow"
    CALLBACK_WITHOUT_KEY = "callback-without-key"
    CALLBACK_ELSEWHERE = "callback-elsewhere"
    SILENT_ANNOUNCEMENTS = "silent-announcements"
    QUEUE_IDLE = "queue-idle"


class _Text(NamedTuple):
    message: str
    remedy: str
    severity: Severity = Severity.ERROR


_W = Severity.WARNING

TEXTS: dict[Code, _Text] = {
    Code.UNKNOWN_STEP: _Text(
        "there is no step {name!r} in flow {flow!r}", "name a step of this flow{like}, or add this one"
    ),
    Code.UNKNOWN_FLOW: _Text("there is no flow {name!r}", "name a flow of the plan{like}"),
    Code.UNKNOWN_QUEUE: _Text(
        "there is no queue {name!r}", "name a queue of the plan{like}, or add this one"
    ),
    Code.UNKNOWN_HOURS: _Text(
        "there are no opening hours {name!r}", "name opening hours of the plan{like}, or add these"
    ),
    Code.UNKNOWN_PROMPT: _Text(
        "there is no prompt {name!r}", "upload it, or name one that is uploaded{like}"
    ),
    Code.UNKNOWN_SKILL: _Text(
        "the skill {name!r} is not known", "name another skill{like}, or give it to an agent first"
    ),
    Code.UNKNOWN_VALUE: _Text("there is no value class {name!r}", "name a value class of the plan{like}"),
    Code.ID_TWICE: _Text("the {what} {name!r} is there twice", "rename one of the two"),
    Code.NUMBER_TWICE: _Text(
        "the number {number} leads to {other} already",
        "take the number away from one of the two; a leading + makes no difference",
    ),
    Code.KEY_TWICE: _Text("the key {key!r} is there twice", "give one of the two another key"),
    Code.VALUE_TWICE: _Text("the value class {name!r} is there twice", "remove one of the two branches"),
    Code.DATE_TWICE: _Text("the date {date} is there twice", "put all its spans into one exception"),
    Code.BAD_KEY: _Text("{key!r} is no key of a phone", "write one of 0-9, * and #"),
    Code.BAD_NUMBER: _Text(
        "{number!r} is no number to dial", "write digits only, with + before a country code"
    ),
    Code.OWN_NUMBER: _Text(
        "{number} is a number of our own and leads to {other}: dialled outside, the call would come in "
        "again, at a cost, without end",
        "lead the caller there with a step of the kind jump or enqueue, or dial another number",
    ),
    Code.BAD_LANGUAGE: _Text("{language!r} is no language", "write it as ru, en or en_GB"),
    Code.BAD_ZONE: _Text("there is no time zone {zone!r}", "write an IANA name, such as Europe/Moscow"),
    Code.BAD_COUNTRY: _Text(
        "the holidays of {country!r} are not known",
        "write a country as RU, a part of one as DE-BY, or leave it empty and name the dates as exceptions",
    ),
    Code.BAD_DATE: _Text("{date!r} is no date", "write it as YYYY-MM-DD, such as 2026-12-31"),
    Code.OUT_OF_RANGE: _Text("{value} is out of range", "write a number from {least} to {most}"),
    Code.NO_CHOICES: _Text("there is nothing to choose", "add a choice, or use a step that asks nothing"),
    Code.CYCLE: _Text(
        "this way goes round for ever, though the caller does nothing: {path}",
        "lead one step of it to a queue, to a message or to the end; a way back is allowed only by a key "
        "that the caller presses",
    ),
    Code.OVERFLOW_BACK: _Text(
        "the overflow leads back into the same queue, {queue!r}",
        "lead it to another queue, to a message, a callback or a number outside",
    ),
    Code.KEY_WITHOUT_CALLBACK: _Text(
        "the announcements offer the key {key!r}, which leads nowhere",
        "name in `callback` the step that offers the callback, or take the key away",
    ),
    Code.NOT_A_CALLBACK: _Text(
        "the step {name!r} offers no callback", "name a step of the kind offer_callback"
    ),
    Code.NEVER_OPENS: _Text(
        "these hours never open",
        "add a span of the week, or an exception that is open on a date to come",
    ),
    Code.QUEUE_UNSTAFFED: _Text(
        "callers are led to the queue {queue!r}, and no agent takes its calls",
        "assign it to an agent or a team that takes inbound calls, or lead the callers elsewhere",
    ),
    Code.QUEUE_UNSKILLED: _Text(
        "nobody can serve the queue {queue!r}: of the agents who have it ({agents}) none holds what it, or "
        "any of its rings, requires",
        "require less in its last ring, or give an agent the skills: {required}",
    ),
    Code.CALLBACK_UNSTAFFED: _Text(
        "callers are offered a callback from the queue {queue!r}, and none of the agents who can serve it "
        "takes callbacks",
        "add callback to the `work` of an agent who can serve it, or take the steps that offer it away",
    ),
    Code.UNREACHABLE_STEP: _Text("no way leads to this step", "lead a step to it, or remove it", _W),
    Code.UNREACHABLE_FLOW: _Text(
        "no number and no other flow leads to this flow", "give it a number, or remove it", _W
    ),
    Code.CALLBACK_WITHOUT_KEY: _Text(
        "no announcement offers the key that leads to the callback",
        "add announcements with a `callback_key`, or take `callback` away",
        _W,
    ),
    Code.CALLBACK_ELSEWHERE: _Text(
        "the callback keeps a place in the queue {name!r}, while the caller waits in {queue!r}",
        "let the step {step!r} offer a callback from {queue!r}",
        _W,
    ),
    Code.SILENT_ANNOUNCEMENTS: _Text(
        "these announcements say nothing", "tell the position or the expected wait, or name a prompt", _W
    ),
    Code.QUEUE_IDLE: _Text(
        "no agent has the queue {queue!r}", "assign it to an agent or a team before callers come to it", _W
    ),
}

Parameter: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Mistake:
    """``place`` is for people, and names the element by its number from 1:
    ``flow main, step menu, choices.2.next``. ``parameters`` are what the texts of ``code`` need, for who says
    it in another language."""

    place: str
    code: Code
    parameters: tuple[tuple[str, Parameter], ...] = ()

    @property
    def severity(self) -> Severity:
        return TEXTS[self.code].severity

    @property
    def message(self) -> str:
        return TEXTS[self.code].message.format(**dict(self.parameters))

    @property
    def remedy(self) -> str:
        return TEXTS[self.code].remedy.format(**dict(self.parameters))

    def __str__(self) -> str:
        return f"{self.place}: {self.message}; {self.remedy}"


def unknown(place: str, code: Code, name: str, known: Collection[str], **more: Parameter) -> list[Mistake]:
    """The mistake of naming what is not there, with what may have been meant; empty if it is there."""
    if name in known:
        return []
    like = difflib.get_close_matches(name, sorted(known), n=1)
    suggestion = f", such as {like[0]!r}" if like else ""
    return [Mistake(place, code, (("name", name), ("like", suggestion), *more.items()))]


def in_range(place: str, value: int, least: int, most: int) -> list[Mistake]:
    if least <= value <= most:
        return []
    return [Mistake(place, Code.OUT_OF_RANGE, (("value", value), ("least", least), ("most", most)))]
