"""What can be wrong with a script: codes, and for each what it means and how it is put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    ERROR = "error"  # the script can't be published
    WARNING = "warning"


class Code(StrEnum):
    NO_STEPS = "no_steps"
    LOOP = "loop"
    UNKNOWN_STEP = "unknown_step"
    STEP_TWICE = "step_twice"
    FIELD_TWICE = "field_twice"
    OPTION_TWICE = "option_twice"
    NO_OPTIONS = "no_options"
    BAD_LIMITS = "bad_limits"
    NO_LIMITS_HERE = "no_limits_here"
    UNKNOWN_FIELD = "unknown_field"
    FIELD_NOT_YET = "field_not_yet"
    UNKNOWN_OPTION = "unknown_option"
    BAD_TEST = "bad_test"
    BAD_VALUE = "bad_value"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    NO_TEXT = "no_text"
    NO_LANGUAGE = "no_language"
    TOO_LARGE = "too_large"
    # Warnings.
    UNREACHABLE = "unreachable"
    DEAD_BRANCH = "dead_branch"


class _Text(NamedTuple):
    message: str
    remedy: str
    severity: Severity = Severity.ERROR


_W = Severity.WARNING

TEXTS: Mapping[Code, _Text] = {
    Code.NO_STEPS: _Text("the script has no step", "Add the step that it begins with"),
    Code.LOOP: _Text(
        "the script goes round: {path}; a field has one answer, so it would go round for ever",
        "Lead this way to a step that comes later, or end the script here; an agent goes back by himself",
    ),
    Code.UNKNOWN_STEP: _Text("there is no step {name}", "Name a step of this script, or add this one"),
    Code.STEP_TWICE: _Text("two steps are called {name}", "Give one of them another name"),
    Code.FIELD_TWICE: _Text("two fields are called {name}", "Give one of them another name"),
    Code.OPTION_TWICE: _Text("two options are called {name}", "Give one of them another name"),
    Code.NO_OPTIONS: _Text("{name} has nothing to choose from", "Add options, or ask for a text"),
    Code.BAD_LIMITS: _Text("no answer fits the limits of {name}", "Set limits that an answer can meet"),
    Code.NO_LIMITS_HERE: _Text("a field like {name} has no limits", "Take the limits away"),
    Code.UNKNOWN_FIELD: _Text("no step asks for {name}", "Ask for it in an earlier step, or name another"),
    Code.FIELD_NOT_YET: _Text(
        "{name} is asked for only in steps that can't come before", "Ask for it in an earlier step"
    ),
    Code.UNKNOWN_OPTION: _Text("{field} has no option {name}", "Name one of its options, or add this one"),
    Code.BAD_TEST: _Text("{field} can't be tested so", "Choose a test that fits the kind of the field"),
    Code.BAD_VALUE: _Text("{field} is never {value}", "Compare it with {wanted}"),
    Code.UNKNOWN_PLACEHOLDER: _Text(
        "nothing fills {name}", "Use {known}, or answer. and the name of a field in the braces"
    ),
    Code.NO_TEXT: _Text(
        "the text is missing in {language}", "Write it, or take this language off the script"
    ),
    Code.NO_LANGUAGE: _Text("the script is in no language", "Choose one at least"),
    Code.TOO_LARGE: _Text("the script is too large: {found} {what}, at most {most}", "Make two of it"),
    Code.UNREACHABLE: _Text("no way leads to the step {name}", "Lead a way there, or remove the step", _W),
    Code.DEAD_BRANCH: _Text(
        "this branch is never taken: an earlier one always is", "Remove it, or move it up", _W
    ),
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """``place`` leads to it with dots, elements counted from 0, as in the document
    (``steps.2.branches.0.to``); ``parameters`` fill the texts, also those of other languages."""

    place: str
    code: Code
    parameters: Mapping[str, str]

    @property
    def severity(self) -> Severity:
        return TEXTS[self.code].severity

    @property
    def message(self) -> str:
        return TEXTS[self.code].message.format(**self.parameters)

    @property
    def remedy(self) -> str:
        return TEXTS[self.code].remedy.format(**self.parameters)
