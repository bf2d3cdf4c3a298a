"""From a file and the environment to ``Settings``, or to all that is wrong with them at once.

Plain pydantic rather than pydantic-settings, because every value must remember where it came from: a
mistake is shown with its file and line, or with its variable, and a variable that sets nothing is a
mistake, too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import callcenter
from callcenter.errors import ConfigError
from callcenter.settings.check import contradictions
from callcenter.settings.environment import Source, Tree, override
from callcenter.settings.lines import key_lines
from callcenter.settings.mistakes import mistakes
from callcenter.settings.models import Settings
from callcenter.settings.schema import ENV_CONFIG
from callcenter.settings.secret_files import read_secrets


class ConfigErrors(Exception):  # noqa: N818 (it holds several of them)
    """Settings can't be used. ``errors`` holds every mistake that was found, in the order of the file."""

    def __init__(self, errors: list[ConfigError]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = tuple(errors)


def default_path() -> Path:
    """``config/callcenter.toml`` of a checkout, or its copy in an installed package."""
    package = Path(callcenter.__file__).parent
    checkout = package.parent / "config" / "callcenter.toml"
    return checkout if checkout.is_file() else package / "_config" / "callcenter.toml"


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read ``path``, or the file that ``CALLCENTER_CONFIG`` names, or the one we ship; then apply the
    ``CALLCENTER_`` variables. A variable that is set to nothing is as good as not set.

    Blocks on files. Raises ``ConfigErrors``.
    """
    errors: list[ConfigError] = []
    source = Source()
    tree = _read(path, environ, source, errors)
    override(tree, environ, source, errors)
    read_secrets(tree, source, errors)
    settings, wrong = mistakes(tree, source, errors)
    errors.extend(
        ConfigError(source.place(found.key), found.problem, found.remedy)
        for found in contradictions(settings)
        # What follows from a value that is wrong by itself would only confuse.
        if not wrong & {found.key, *found.others}
    )
    if errors:
        raise ConfigErrors(errors)
    return settings


def explain(error: ConfigErrors) -> str:
    """For people: each mistake with its place and its remedy, numbered."""
    count = len(error.errors)
    head = "1 mistake in the settings:" if count == 1 else f"{count} mistakes in the settings:"
    texts = [
        f"{number:>3}. {one.place}: {one.problem}.\n     {one.remedy}."
        for number, one in enumerate(error.errors, 1)
    ]
    return "\n".join([head, *texts])


def _read(path: Path | None, environ: Mapping[str, str], source: Source, errors: list[ConfigError]) -> Tree:
    named = path or (Path(environ[ENV_CONFIG]) if environ.get(ENV_CONFIG) else None)
    file = named or default_path()
    source.file = str(file)
    try:
        text = file.read_bytes().decode()
        parsed: dict[str, Any] = tomllib.loads(text)
    except FileNotFoundError:
        remedy = "Name the file by --config or CALLCENTER_CONFIG" if named else "Install callcenter again"
        errors.append(ConfigError(str(file), "there is no such file", remedy))
    except OSError as error:
        errors.append(ConfigError(str(file), f"can't be read: {error.strerror}", "Let the server read it"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        errors.append(ConfigError(f"{file}:{line}", "is not UTF-8 text", "Save it as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        errors.append(ConfigError(*_syntax(file, error)))
    except RecursionError:
        errors.append(ConfigError(str(file), "is nested too deeply", "Compare it with the file we ship"))
    else:
        source.lines = key_lines(text)
        return parsed
    return {}


def _syntax(file: Path, error: tomllib.TOMLDecodeError) -> tuple[str, str, str]:
    message = str(error)
    problem, _, place = message.partition(" (at ")
    line = place.partition("line ")[2].partition(",")[0] if "line " in place else ""
    where = f"{file}:{line}" if line else f"{file}, at its end"
    remedy = "Texts stand in quotes, true and false are small; everything behind this line was not looked at"
    return where, f"is not TOML: {problem[:1].lower()}{problem[1:]}", remedy
