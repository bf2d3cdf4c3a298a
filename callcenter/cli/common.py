"""What every subcommand needs: settings, logs, and errors told in one line."""

from __future__ import annotations

import os
from pathlib import Path

from callcenter.settings import ConfigErrors, Settings, explain, load_settings


class CliError(Exception):
    """Ends the command with a message and exit code; no traceback."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def read_settings(path: Path | None) -> Settings:
    """Raises ``CliError`` with every mistake explained."""
    try:
        return load_settings(path, os.environ)
    except ConfigErrors as error:
        raise CliError(explain(error)) from error
