"""Says of an exception what a log may hold."""

from __future__ import annotations

import traceback
from pathlib import Path


def where(error: BaseException) -> str:
    """Its type and the way to it, innermost first. Without its words and without locals, as a traceback's
    renderer shows them: events are among those, and numbers and names are in events."""
    steps = traceback.extract_tb(error.__traceback__)
    way = " < ".join(f"{step.name} ({Path(step.filename).name}:{step.lineno})" for step in reversed(steps))
    return f"{type(error).__name__} in {way}"
