"""What every table of the settings is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, SecretStr

EMPTY = SecretStr("")


class Section(BaseModel):
    """A table of the file. Its docstring is the table's explanation."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", validate_default=True)
