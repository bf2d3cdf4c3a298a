"""The recordings of prompts on the command line: what there is, what is missing, and to put or speak them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from callcenter.cli.common import CliError, account, read_settings, with_database
from callcenter.clock import SystemClock
from callcenter.flows.prompts import PromptDesk
from callcenter.flows.speaking import speak_built_in
from callcenter.flows.views import Missing, Prompts
from callcenter.people.plan import PlanStore
from callcenter.prompt_watch import prompt_desk
from callcenter.prompts import MAX_BYTES
from callcenter.prompts.speech import INSTALL as INSTALL_SPEECH, SpeechError, available
from callcenter.storage import Database, StoreError
from routing.flows.needs import languages_spoken

_USUAL = ("ru", "en")
"""Languages that the product's own prompts are spoken in while no flow says which."""


def show(path: Path | None) -> None:
    """Print all recordings, then what is missing."""
    found = _load(path)
    for one in found.recordings:
        row = one.prompt
        used = f"; played by {', '.join(one.flows)}" if one.flows else ""
        state = f"; PROBLEM: {one.problem}" if one.problem else ""
        print(f"{row.id} ({row.language}): {row.seconds:.1f} s, by {row.uploaded_by}{used}{state}")
    if not found.recordings:
        print("Nothing has been recorded.")
    _print_missing(found.missing)


def check(path: Path | None) -> None:
    """Say what callers would miss. Raises ``CliError`` when there is something."""
    found = _load(path)
    broken = [
        f"{one.prompt.id} ({one.prompt.language}): {one.problem}" for one in found.recordings if one.problem
    ]
    lines = [*broken, *map(str, found.missing)]
    if lines:
        raise CliError("\n".join(lines))
    print("Callers hear every prompt of the plan in force.")


def put(path: Path | None, file: Path, name: str, language: str) -> None:
    """Convert a WAV or MP3 and keep it as this prompt."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise CliError(f"{file}: has more than {MAX_BYTES // 1_000_000} MB; cut it, or save it as MP3")
        data = file.read_bytes()
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}") from error

    async def work(desk: PromptDesk) -> None:
        try:
            made = await desk.put(name, language, data, by=account())
        except StoreError as error:
            place = {"id": "--name", "language": "--language", "audio": str(file)}.get(
                error.field, error.field
            )
            raise CliError(f"{place}: {error.message}") from error
        print(f"{made.id} ({made.language}): {made.seconds:.1f} s. Running servers follow within seconds.")

    _with_desk(path, work)


def speak_missing(path: Path | None, languages: Iterable[str], *, everything: bool) -> None:
    """Have espeak-ng say the product's own prompts that nobody has recorded; those that Asterisk's own
    recordings say as well only with ``everything``. Raises ``CliError`` without espeak-ng."""
    if not available():
        raise CliError(f"espeak-ng, which speaks them, is not installed; {INSTALL_SPEECH}")
    wanted = tuple(languages)

    async def work(desk: PromptDesk, database: Database) -> None:
        plan = (await PlanStore(database).site_plan()).flows
        spoken = wanted or languages_spoken(plan) or _USUAL
        try:
            made = await speak_built_in(desk, spoken, everything=everything, by=account())
        except SpeechError as error:
            raise CliError(str(error)) from error
        for name in made:
            print(name)
        print(
            f"{len(made)} prompts were spoken by espeak-ng. A recording of your own replaces one at any time."
        )

    settings = read_settings(path)
    with_database(settings, lambda database: work(prompt_desk(settings, database, SystemClock()), database))


def _load(path: Path | None) -> Prompts:
    settings = read_settings(path)

    async def work(database: Database) -> Prompts:
        return await prompt_desk(settings, database, SystemClock()).prompts()

    return with_database(settings, work)


def _with_desk(path: Path | None, work: Callable[[PromptDesk], Awaitable[None]]) -> None:
    settings = read_settings(path)
    with_database(settings, lambda database: work(prompt_desk(settings, database, SystemClock())))


def _print_missing(missing: Iterable[Missing]) -> None:
    for one in missing:
        print(f"MISSING {one}")
