"""Everything that is wrong with a script, at once.

A script without a ``Severity.ERROR`` has an end on every way, and every required field can be answered: who
works by it never gets stuck.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import assert_never

from callcenter.scripts.mistakes import Code, Mistake, Severity
from callcenter.scripts.model import (
    ANSWER,
    CHOOSES,
    COUNTS,
    LARGEST_SCRIPT,
    LONGEST_ANSWER,
    MOST_STEPS,
    PLACEHOLDERS,
    Branch,
    Comparison,
    Condition,
    Field,
    FieldKind,
    Script,
    Step,
    Words,
)
from callcenter.scripts.walk import date_of, number_of

_BRACES = re.compile(r"\{([^{}]*)\}")
_ORDERED = COUNTS | {FieldKind.DATE}
_TESTS: Mapping[Comparison, frozenset[FieldKind]] = {
    Comparison.ANSWERED: frozenset(FieldKind),
    Comparison.NOT_ANSWERED: frozenset(FieldKind),
    Comparison.IS: frozenset(FieldKind),
    Comparison.IS_NOT: frozenset(FieldKind),
    Comparison.HAS: frozenset((FieldKind.CHOICES,)),
    Comparison.LESS: _ORDERED,
    Comparison.MORE: _ORDERED,
}
_UNBOUND = frozenset((FieldKind.PHONE, FieldKind.CHOICE, FieldKind.YES_NO))


def check(script: Script) -> tuple[Mistake, ...]:
    """All mistakes, in the order of the script."""
    if not script.steps:
        return (Mistake("steps", Code.NO_STEPS, {}),)
    return tuple(_Check(script).run())


def has_errors(mistakes: tuple[Mistake, ...]) -> bool:
    return any(mistake.severity is Severity.ERROR for mistake in mistakes)


class _Check:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.steps: dict[str, Step] = {}
        self.fields: dict[str, Field] = {}
        for step in script.steps:
            self.steps.setdefault(step.id, step)
            for field in step.fields:
                self.fields.setdefault(field.id, field)
        self.known = self._known_at()

    def run(self) -> Iterator[Mistake]:
        yield from self._size()
        if not self.script.languages:
            yield Mistake("languages", Code.NO_LANGUAGE, {})
        if self.script.start not in self.steps:
            yield Mistake("start", Code.UNKNOWN_STEP, {"name": self.script.start})
        seen: set[str] = set()
        asked: set[str] = set()
        for index, step in enumerate(self.script.steps):
            place = f"steps.{index}"
            if step.id in seen:
                yield Mistake(f"{place}.id", Code.STEP_TWICE, {"name": step.id})
            seen.add(step.id)
            yield from self._step(place, step, asked)
        yield from self._loops()
        yield from self._unreachable()

    def _size(self) -> Iterator[Mistake]:
        script = self.script
        if len(script.steps) > MOST_STEPS:
            yield _too_large("steps", len(script.steps), "steps", MOST_STEPS)
        size = len(json.dumps(asdict(script), ensure_ascii=False).encode("utf-8", "replace"))
        if size > LARGEST_SCRIPT:
            yield _too_large("steps", size, "bytes", LARGEST_SCRIPT)

    def _step(self, place: str, step: Step, asked: set[str]) -> Iterator[Mistake]:
        yield from self._words(f"{place}.text", step.text, self.known.get(step.id, set()), needed=True)
        yield from self._words(f"{place}.title", step.title, set(), needed=False)
        for index, field in enumerate(step.fields):
            at = f"{place}.fields.{index}"
            if field.id in asked:
                yield Mistake(f"{at}.id", Code.FIELD_TWICE, {"name": field.id})
            asked.add(field.id)
            yield from self._field(at, field)
        own = self.known.get(step.id, set()) | {field.id for field in step.fields}
        earlier: list[Branch] = []
        for index, branch in enumerate(step.branches):
            at = f"{place}.branches.{index}"
            yield from self._way(f"{at}.to", branch.to)
            for number, condition in enumerate(branch.when):
                yield from self._condition(f"{at}.when.{number}", condition, own)
            if any(set(before.when) <= set(branch.when) for before in earlier):
                yield Mistake(at, Code.DEAD_BRANCH, {})
            earlier.append(branch)
        if step.next is not None:
            yield from self._way(f"{place}.next", step.next)

    def _way(self, place: str, to: str) -> Iterator[Mistake]:
        if to not in self.steps:
            yield Mistake(place, Code.UNKNOWN_STEP, {"name": to})

    def _words(self, place: str, words: Words, known: set[str], *, needed: bool) -> Iterator[Mistake]:
        there = {language for language, text in words.items() if text.strip()}
        if needed or there:
            for language in self.script.languages:
                if language not in there:
                    yield Mistake(f"{place}.{language}", Code.NO_TEXT, {"language": language})
        for language, text in words.items():
            for name in _BRACES.findall(text):
                yield from self._placeholder(f"{place}.{language}", name, known)

    def _placeholder(self, place: str, name: str, known: set[str]) -> Iterator[Mistake]:
        if name in PLACEHOLDERS:
            return
        if not name.startswith(ANSWER):
            told = {"name": f"{{{name}}}", "known": ", ".join(f"{{{it}}}" for it in PLACEHOLDERS)}
            yield Mistake(place, Code.UNKNOWN_PLACEHOLDER, told)
            return
        yield from self._named(place, name.removeprefix(ANSWER), known)

    def _named(self, place: str, field: str, known: set[str]) -> Iterator[Mistake]:
        if field not in self.fields:
            yield Mistake(place, Code.UNKNOWN_FIELD, {"name": field})
        elif field not in known:
            yield Mistake(place, Code.FIELD_NOT_YET, {"name": field})

    def _field(self, place: str, field: Field) -> Iterator[Mistake]:
        yield from self._words(f"{place}.label", field.label, set(), needed=True)
        yield from self._words(f"{place}.help", field.help, set(), needed=False)
        if field.kind in CHOOSES and not field.options:
            yield Mistake(f"{place}.options", Code.NO_OPTIONS, {"name": field.id})
        seen: set[str] = set()
        for index, option in enumerate(field.options):
            if option.id in seen:
                yield Mistake(f"{place}.options.{index}.id", Code.OPTION_TWICE, {"name": option.id})
            seen.add(option.id)
            yield from self._words(f"{place}.options.{index}.text", option.text, set(), needed=True)
        bounded = field.least is not None or field.most is not None
        if bounded and field.kind in _UNBOUND:
            yield Mistake(f"{place}.least", Code.NO_LIMITS_HERE, {"name": field.id})
        elif bounded and not _answerable(field, len(seen)):
            yield Mistake(f"{place}.least", Code.BAD_LIMITS, {"name": field.id})

    def _condition(self, place: str, condition: Condition, known: set[str]) -> Iterator[Mistake]:
        yield from self._named(f"{place}.field", condition.field, known)
        field = self.fields.get(condition.field)
        if field is None:
            return
        if field.kind not in _TESTS[condition.test]:
            yield Mistake(f"{place}.test", Code.BAD_TEST, {"field": field.id})
        elif condition.test not in (Comparison.ANSWERED, Comparison.NOT_ANSWERED):
            yield from _value(f"{place}.value", field, condition.value)

    # Ways

    def _ways(self, step: Step) -> Iterator[tuple[str, str]]:
        yield from ((f"branches.{index}.to", branch.to) for index, branch in enumerate(step.branches))
        if step.next is not None:
            yield "next", step.next

    def _known_at(self) -> dict[str, set[str]]:
        """By step, the fields that some way to it has asked for before."""
        known: dict[str, set[str]] = {}
        todo = [self.script.start]
        known[self.script.start] = set()
        while todo:
            at = todo.pop()
            step = self.steps.get(at)
            if step is None:
                continue
            after = known[at] | {field.id for field in step.fields}
            for _, to in self._ways(step):
                if to not in known or not after <= known[to]:
                    known[to] = known.get(to, set()) | after
                    todo.append(to)
        return known

    def _loops(self) -> Iterator[Mistake]:
        """So many that none is left once each has been cut where it closes."""
        index_of = {step.id: index for index, step in reversed(list(enumerate(self.script.steps)))}
        done: set[str] = set()
        for root in self.steps:
            if root in done:
                continue
            path, ways = [root], [self._ways(self.steps[root])]
            while path:
                way = next(ways[-1], None)
                if way is None:
                    ways.pop()
                    done.add(path.pop())
                    continue
                field, to = way
                if to in path:
                    round_ = [*path[path.index(to) :], to]
                    place = f"steps.{index_of[path[-1]]}.{field}"
                    yield Mistake(place, Code.LOOP, {"path": " → ".join(round_)})
                elif to in self.steps and to not in done:
                    path.append(to)
                    ways.append(self._ways(self.steps[to]))

    def _unreachable(self) -> Iterator[Mistake]:
        if self.script.start not in self.steps:
            return  # else every step would be told of
        for index, step in enumerate(self.script.steps):
            if step.id not in self.known:
                yield Mistake(f"steps.{index}", Code.UNREACHABLE, {"name": step.id})


def _too_large(place: str, found: int, what: str, most: int) -> Mistake:
    return Mistake(place, Code.TOO_LARGE, {"found": str(found), "what": what, "most": str(most)})


def _answerable(field: Field, options: int) -> bool:
    low = float("-inf") if field.least is None else field.least
    high = float("inf") if field.most is None else field.most
    match field.kind:
        case FieldKind.TEXT:
            low, high = max(low, 1), min(high, LONGEST_ANSWER)
        case FieldKind.CHOICES:
            low, high = max(low, 1), min(high, options)
        case FieldKind.DATE:
            low, high = max(low, -36_500), min(high, 36_500)
        case FieldKind.MONEY:
            low, high = max(low, -1e12), min(high, 1e12)
        case FieldKind.NUMBER:
            low, high = max(low, -1e12), min(high, 1e12)
            return low <= high
        case FieldKind.PHONE | FieldKind.CHOICE | FieldKind.YES_NO:
            return True
    unit = 0.01 if field.kind is FieldKind.MONEY else 1
    # The first whole unit that is not below the bound must not be above the other.
    return -(-round(low / unit, 6) // 1) * unit <= high + 1e-9


def _value(place: str, field: Field, value: str) -> Iterator[Mistake]:
    match field.kind:
        case FieldKind.CHOICE | FieldKind.CHOICES:
            if value not in {option.id for option in field.options}:
                yield Mistake(place, Code.UNKNOWN_OPTION, {"field": field.id, "name": value})
            return
        case FieldKind.YES_NO:
            fits, wanted = value in ("yes", "no"), "yes or no"
        case FieldKind.NUMBER | FieldKind.MONEY:
            fits, wanted = number_of(value) is not None, "a number"
        case FieldKind.DATE:
            fits, wanted = date_of(value) is not None, "a date such as 2026-03-09"
        case FieldKind.TEXT | FieldKind.PHONE:
            fits, wanted = bool(value.strip()), "a text"
        case _:
            assert_never(field.kind)
    if not fits:
        yield Mistake(place, Code.BAD_VALUE, {"field": field.id, "value": repr(value), "wanted": wanted})
