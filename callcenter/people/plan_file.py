"""Plan files: a declarative description of queues, skills, teams, agents' routing, value classes, flows and
hours, as TOML. docs/routing-plan.md explains it by example.

A file is laid over the plan in force. What it does not name stays; of a thing that it names, the settings
that it leaves out stay; a list that it has replaces what was there. With ``prune``, what it leaves out of a
table that it has is removed, but for agents, who are people.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from callcenter.flows.documents import EmergencyDocument, FlowDocument, HoursDocument, place_of
from callcenter.people.changes import CALENDAR
from callcenter.people.check import newly_wrong
from callcenter.people.documents import (
    AgentDocument,
    PlanDocument,
    QueueDocument,
    SkillDocument,
    TeamDocument,
    ValueDocument,
)
from callcenter.people.mistakes import PlanMistake, PlanRefusedError
from callcenter.people.rules import CODE, LOGIN
from callcenter.people.site_plan import Edit, SitePlan
from routing.acd.model import Preset

_MODELS: Mapping[str, type[BaseModel]] = {
    "skills": SkillDocument,
    "queues": QueueDocument,
    "teams": TeamDocument,
    "agents": AgentDocument,
    "values": ValueDocument,
    "hours": HoursDocument,
    "flows": FlowDocument,
}
M = TypeVar("M", bound=BaseModel)
_NEVER_PRUNED = "agents"
# TOML has no null: how a file says that there is none.
_NONE: Mapping[tuple[str, str], object] = {
    ("queues", "most_at_once"): 0,
    ("agents", "team"): "",
    ("emergency", "prompt"): "",
}


@dataclass(frozen=True, slots=True)
class Laid:
    """A file laid over a plan. ``mistakes`` are those of shape; what they are in is left as it was, and
    ``spoilt`` names it, so that others who name it are not blamed."""

    plan: SitePlan
    mistakes: tuple[PlanMistake, ...]
    spoilt: frozenset[str]


def read_toml(text: str) -> Mapping[str, Any]:
    """What a plan file says. Raises ``PlanRefusedError`` for a text that is no TOML; the place is
    ``line N``."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, at = str(error).partition(" (at ")
        # "at line 3, column 5", or "at end of document"
        line = at if at.startswith("line ") else f"line {text.count(chr(10)) + 1}"
        place = line.rstrip(")").partition(",")[0]
        raise PlanRefusedError(
            [PlanMistake(place, "bad_toml", f"this is not TOML: {message}", "Correct the line")]
        ) from error
    return {name: _plain(value) for name, value in data.items()}


def apply_file(data: Mapping[str, Any], now: float, *, prune: bool = False) -> Edit:
    """The edit that lays ``data`` over a plan. Where shapes are wrong it raises ``PlanRefusedError`` with
    those and with what is wrong in the rest, so that a person sees all of it at once; ``now`` in UTC epoch
    seconds."""

    def edit(plan: SitePlan) -> SitePlan:
        laid = lay_over(plan, data, prune=prune)
        if laid.mistakes:
            others, _ = newly_wrong(plan, laid.plan, CALENDAR, now)
            raise PlanRefusedError([*laid.mistakes, *(it for it in others if not _follows(it, laid.spoilt))])
        return laid.plan

    return edit


def _follows(mistake: PlanMistake, spoilt: frozenset[str]) -> bool:
    """Whether it comes only of another mistake: it names what could not be read."""
    return not spoilt.isdisjoint(mistake.parameters.values())


@dataclass(slots=True)
class _Work:
    """The plan's document in the making."""

    tables: dict[str, dict[str, BaseModel]]
    mistakes: list[PlanMistake] = field(default_factory=list)
    spoilt: set[str] = field(default_factory=set)

    def wrong(self, place: str, code: str, message: str, remedy: str, name: str = "") -> None:
        self.mistakes.append(PlanMistake(place, code, message, remedy, parameters={"name": name}))


def lay_over(plan: SitePlan, data: Mapping[str, Any], *, prune: bool = False) -> Laid:
    """``data``, as ``read_toml`` gives it, over ``plan``."""
    whole = plan.document()
    work = _Work({name: dict(getattr(whole, name)) for name in _MODELS})
    people = {str(agent.id) for agent in plan.agents}
    for name, value in data.items():
        if name in _MODELS and isinstance(value, Mapping):
            for key, entry in value.items():
                if name == "agents" and key not in people:
                    work.wrong(
                        f"agents.{key}",
                        "unknown_agent",
                        f"there is no agent {key}",
                        f"Add the person first: callcenter add-user {key} --station NAME",
                        key,
                    )
                    continue
                _lay_entry(work, name, key, entry)
            if prune and name != _NEVER_PRUNED:
                kept = work.tables[name]
                work.tables[name] = {key: kept[key] for key in kept if key in value}
        elif name not in ("default_queue", "emergency"):
            _wrong_table(work, name)
    emergency = _lay_emergency(work, whole.emergency, data)
    default = data.get("default_queue", whole.default_queue)
    if default is not None and not (isinstance(default, str) and CODE.fits(default)):
        work.wrong("default_queue", "not_acceptable", "is not a queue's name", "Write a queue, such as sales")
        default = whole.default_queue
    # Each part is checked already.
    parts: dict[str, Any] = {**work.tables, "emergency": emergency, "default_queue": default}
    document = PlanDocument.model_construct(**parts)
    return Laid(plan.with_document(document), tuple(work.mistakes), frozenset(work.spoilt))


def _wrong_table(work: _Work, name: str) -> None:
    if name in _MODELS:
        work.wrong(name, "not_a_table", "is not a table", f"Write [{name}.NAME] and its settings below")
        return
    known = (*_MODELS, "emergency", "default_queue")
    close = difflib.get_close_matches(name, known, n=1)
    meant = f"Did you mean {close[0]}?" if close else f"There are {', '.join(known)}."
    work.wrong(name, "unknown_table", "no table has this name", f"{meant} Correct or remove it", name)


def _lay_entry(work: _Work, table: str, key: str, entry: object) -> None:
    place = f"{table}.{key}"
    shape = LOGIN if table == "agents" else CODE
    if not isinstance(entry, Mapping):
        work.wrong(place, "not_a_table", "is not a table", f"Write [{place}] and its settings below", key)
    elif not shape.fits(key) or (table, key) == ("flows", "emergency"):
        work.wrong(place, "not_acceptable", f"{key!r} can't be used: {shape.words}", "Rename it", key)
    else:
        known = work.tables[table].get(key)
        before = _new(table, key) if known is None else known.model_dump(mode="json")
        whole = {**before, **entry}
        if table == "queues" and "scoring" not in entry and whole.get("preset") != Preset.CUSTOM:
            # The file takes another preset; what it does not name must not refuse it.
            whole["scoring"] = None
        found = _checked(work, _MODELS[table], table, place, whole)
        if found is not None:
            work.tables[table][key] = found
            return
    work.spoilt.add(key)


def _new(table: str, key: str) -> dict[str, Any]:
    """What a new thing is called until the file says otherwise."""
    if table == "agents":
        return {}
    return {"ru": key, "en": key} if table == "skills" else {"name": key}


def _lay_emergency(work: _Work, before: EmergencyDocument, data: Mapping[str, Any]) -> EmergencyDocument:
    said = data.get("emergency", {})
    if not isinstance(said, Mapping):
        work.wrong("emergency", "not_a_table", "is not a table", "Write [emergency] and its settings below")
        return before
    whole = {**before.model_dump(mode="json"), **said}
    found = _checked(work, EmergencyDocument, "emergency", "emergency", whole)
    return before if found is None else found


def _checked(work: _Work, model: type[M], table: str, place: str, document: dict[str, Any]) -> M | None:
    for name, value in document.items():
        if (table, name) in _NONE and value == _NONE[table, name]:
            document[name] = None
    try:
        return model.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            extra = item["type"] == "extra_forbidden"
            work.wrong(
                f"{place}.{place_of(item['loc'])}",
                "unknown_setting" if extra else item["type"],
                "no setting has this name" if extra else item["msg"],
                _remedy(model, str(item["loc"][-1]))
                if extra
                else str(item.get("ctx", {}).get("remedy", "Correct it")),
            )
        return None


def _remedy(model: type[BaseModel], name: str) -> str:
    close = difflib.get_close_matches(name, model.model_fields, n=1)
    return f"Did you mean {close[0]}? Correct or remove it" if close else "Correct or remove it"


def _plain(value: Any) -> Any:
    """TOML's own dates and times as the texts that documents have."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.strftime("%H:%M") if isinstance(value, time) else value


# --- writing ------------------------------------------------------------------------------------------


def write_toml(document: PlanDocument) -> str:
    """A plan file that says all of ``document``; laid over a plan that is so already, it changes nothing."""
    whole = document.model_dump(mode="json")
    lines: list[str] = []
    if whole["default_queue"] is not None:
        lines.append(f"default_queue = {_text(whole['default_queue'])}")
    for table in _MODELS:
        for key, entry in whole[table].items():
            lines += _table((table, key), table, entry)
    lines += _table(("emergency",), "emergency", whole["emergency"])
    return "\n".join(lines).lstrip("\n") + "\n"


def _table(path: tuple[str, ...], table: str, entry: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"[{'.'.join(_key(part) for part in path)}]"
    steps = entry.get("steps", {}) if table == "flows" else {}
    for name, value in entry.items():
        if value is None:
            value = _NONE.get((table, name))
        if value is not None and not (table == "flows" and name == "steps"):
            yield f"{_key(name)} = {_value(value)}"
    for step, part in steps.items():
        yield from _table((*path, "steps", step), "steps", part)


def _value(value: Any, *, inline: bool = False) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case list() if value and isinstance(value[0], dict) and not inline:
            return "[\n" + "".join(f"    {_value(part)},\n" for part in value) + "]"
        case list():
            return f"[{', '.join(_value(part, inline=True) for part in value)}]"
        case dict():
            parts = (
                f"{_key(name)} = {_value(part, inline=True)}"
                for name, part in value.items()
                if part is not None
            )
            return f"{{ {', '.join(parts)} }}" if value else "{}"
        case _:
            return repr(value)


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but for this one character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else _text(name)
