"""The shape in which scripts are sent and kept. A document mirrors ``scripts.model`` field by field; it
checks shapes, and ``scripts.check`` all that needs the whole."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, TypeAdapter

from callcenter.people.fields import Code, Document, Name, one_line, printable
from callcenter.scripts.model import (
    LONGEST_ANSWER,
    LONGEST_TEXT,
    MOST_BRANCHES,
    MOST_CONDITIONS,
    MOST_FIELDS,
    MOST_OPTIONS,
    MOST_STEPS,
    Answers,
    Comparison,
    FieldKind,
    Script,
)

Language: TypeAlias = Literal["ru", "en"]
Said = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(printable)]
Label = Annotated[str, Field(max_length=200), AfterValidator(one_line)]
Hint = Annotated[str, Field(max_length=500), AfterValidator(one_line)]
Bound = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Typed = Annotated[str, Field(max_length=LONGEST_ANSWER), AfterValidator(printable)]
Figure = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
Chosen = Annotated[list[Code], Field(max_length=MOST_OPTIONS)]
AnswerValue: TypeAlias = bool | Figure | Typed | Chosen
AnswerMap = Annotated[dict[Code, AnswerValue], Field(max_length=MOST_STEPS * MOST_FIELDS)]


class OptionDocument(Document):
    id: Code
    text: dict[Language, Label] = Field(default={})


class FieldDocument(Document):
    """``least`` and ``most`` bound a number, an amount, the characters of a text, how many are chosen of
    several, or a date by days from the day of the call."""

    id: Code
    kind: FieldKind
    label: dict[Language, Label] = Field(default={})
    help: dict[Language, Hint] = Field(default={})
    required: bool = False
    options: Annotated[list[OptionDocument], Field(max_length=MOST_OPTIONS)] = Field(default=[])
    least: Bound | None = None
    most: Bound | None = None


class ConditionDocument(Document):
    """``value``: an option's id, ``yes`` or ``no``, a number, a date, a text; empty for (not) answered."""

    field: Code
    test: Comparison
    value: Label = ""


class BranchDocument(Document):
    """Taken when all of ``when`` holds, and no branch before it was."""

    when: Annotated[list[ConditionDocument], Field(min_length=1, max_length=MOST_CONDITIONS)]
    to: Code


class StepDocument(Document):
    """``next`` is the way where no branch is taken; null ends the script."""

    id: Code
    title: dict[Language, Label] = Field(default={})
    text: dict[Language, Said] = Field(default={})
    fields: Annotated[list[FieldDocument], Field(max_length=MOST_FIELDS)] = Field(default=[])
    branches: Annotated[list[BranchDocument], Field(max_length=MOST_BRANCHES)] = Field(default=[])
    next: Code | None = None


class ScriptDocument(Document):
    """A whole script. Texts may name what is filled in braces, such as ``{client.name}`` or
    ``{answer.FIELD}``."""

    name: Name
    languages: Annotated[list[Language], Field(max_length=2)] = Field(default=["ru", "en"])
    start: Code
    steps: Annotated[list[StepDocument], Field(max_length=MOST_STEPS)]


_SCRIPT = TypeAdapter(Script)


def script_of(document: ScriptDocument) -> Script:
    return _SCRIPT.validate_python(document.model_dump())


def answers_of(sent: dict[str, Any]) -> Answers:
    """Answers as JSON has them, for the walk; a list becomes a tuple."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in sent.items()}
