"""The tree of dispositions: groups with leaves, and which of them a queue is offered. Pure.

The list stays flat, each naming its parent, in the order in which siblings are offered; a site without groups
is a tree of leaves alone, as all sites were before there were groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from callcenter.people.views import Ask, Disposition
from callcenter.storage.errors import InvalidFieldError, UnknownReferenceError
from routing.ids import QueueId

DEEPEST = 5
"""Levels, so that no disposition is more than five keys away."""


class TreeProblem(NamedTuple):
    """``at`` is the place in the list, ``field`` that of the disposition; ``code`` is for programs."""

    at: int
    field: str
    code: str
    message: str


def groups(dispositions: Sequence[Disposition]) -> frozenset[str]:
    return frozenset(item.parent for item in dispositions if item.parent is not None)


def offered(dispositions: Sequence[Disposition], queue: QueueId | None) -> list[Disposition]:
    """Those that a call of this queue may be closed with: leaves, with every group above them offered
    there. Of a call that came to no queue, all leaves."""
    known = {item.code: item for item in dispositions}
    inner = groups(dispositions)
    return [
        item
        for item in dispositions
        if item.code not in inner and all(_here(one, queue) for one in _upward(item, known))
    ]


def _here(item: Disposition, queue: QueueId | None) -> bool:
    return queue is None or not item.queues or queue in item.queues


def _upward(item: Disposition, known: dict[str, Disposition]) -> Iterator[Disposition]:
    for _ in range(DEEPEST + 1):
        yield item
        above = None if item.parent is None else known.get(item.parent)
        if above is None:
            return
        item = above


def tree_problems(dispositions: Sequence[Disposition]) -> list[TreeProblem]:
    """All that is wrong with parents, and with what groups ask for."""
    known = {item.code: item for item in dispositions}
    inner = groups(dispositions)
    found: list[TreeProblem] = []
    for index, item in enumerate(dispositions):
        if item.parent is not None and item.parent not in known:
            found.append(TreeProblem(index, "parent", "unknown_group", f"There is no group {item.parent}"))
            continue
        way = _way(item, known)
        if way is None:
            found.append(TreeProblem(index, "parent", "loop", "The group would be within itself"))
        elif len(way) > DEEPEST:
            deep = f"Would be {len(way)} levels deep; at most {DEEPEST}"
            found.append(TreeProblem(index, "parent", "too_deep", deep))
        asks = item.note_required or item.answers or {item.callback, item.amount} != {Ask.NO}
        if item.code in inner and asks:
            told = "Others are in it, so it is a group, which is never chosen and can ask for nothing"
            found.append(TreeProblem(index, "code", "group_asks", told))
    return found


def _way(item: Disposition, known: dict[str, Disposition]) -> list[str] | None:
    """The codes from the disposition up; ``None`` if they go round."""
    way = [item.code]
    above = item.parent
    while above is not None and above in known:
        if above in way:
            return None
        way.append(above)
        above = known[above].parent
    return way


def check_tree(dispositions: Sequence[Disposition]) -> None:
    """Raises ``UnknownReferenceError`` (``parent``) and ``InvalidFieldError`` for the first problem."""
    for problem in tree_problems(dispositions):
        told = f"{dispositions[problem.at].code}: {problem.message}"
        if problem.code == "unknown_group":
            raise UnknownReferenceError(problem.field, told)
        raise InvalidFieldError(problem.field, told)
