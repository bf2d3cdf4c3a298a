"""The tree of settings, walked: for environment variables, for secrets in files, for documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from callcenter.settings.models import Settings
from callcenter.settings.section import Section

ENV_PREFIX = "CALLCENTER_"
ENV_CONFIG = "CALLCENTER_CONFIG"
"""Names the file itself; the one variable that is no setting."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One setting. ``path`` holds ``*`` where a name of the user's own stands (``telephony.*.host``)."""

    path: tuple[str, ...]
    field: FieldInfo

    @property
    def key(self) -> str:
        return ".".join("<name>" if part == "*" else part for part in self.path)

    @property
    def variable(self) -> str:
        """The environment variable, ``<NAME>`` standing for a name of the user's own."""
        return ENV_PREFIX + "_".join("<NAME>" if part == "*" else part.upper() for part in self.path)

    @property
    def secret(self) -> bool:
        return _is_secret(self.field.annotation)

    @property
    def default(self) -> Any:
        """As TOML has it: secrets as text, tuples as lists."""
        value = self.field.get_default(call_default_factory=True)
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        return list(value) if isinstance(value, tuple) else value


def leaves(model: type[Section] = Settings, path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Every setting, in the order of the file."""
    for name, field in model.model_fields.items():
        inner = section_of(field)
        if inner is None:
            yield Leaf((*path, name), field)
        else:
            yield from leaves(inner, (*path, name, "*") if is_table_of_tables(field) else (*path, name))


def section_of(field: FieldInfo) -> type[Section] | None:
    """The section that a field holds, or holds many of; ``None`` for a setting."""
    annotation: Any = field.annotation
    if is_table_of_tables(field):
        annotation = get_args(annotation)[1]
    return annotation if isinstance(annotation, type) and issubclass(annotation, Section) else None


def is_table_of_tables(field: FieldInfo) -> bool:
    """Whether the user names the tables under this one."""
    return get_origin(field.annotation) is dict


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or SecretStr in get_args(annotation)
