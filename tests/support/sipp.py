"""Callers and phones for tests: real SIPp, and scripted ones where SIPp cannot be told when.

| | callers | phones |
|---|---|---|
| real SIPp: main scenarios, load | ``SippCaller`` | ``SippPhone`` |
| scripted: exact times, crossings, headers, media by content | ``ScriptedCaller`` | ``ScriptedPhone`` |
"""

from tests.support.sipp_agent import Call
from tests.support.sipp_process import (
    SippCaller,
    SippCallSpec,
    SippFailedError,
    SippPhone,
    SippProcess,
    SippResult,
    SippRun,
)
from tests.support.sipp_scripted import (
    ANSWERS,
    REJECTS,
    RINGS,
    SILENT,
    Plan,
    ScriptedCaller,
    ScriptedOutside,
    ScriptedPhone,
    cross,
)

__all__ = [
    "ANSWERS",
    "REJECTS",
    "RINGS",
    "SILENT",
    "Call",
    "Plan",
    "ScriptedCaller",
    "ScriptedOutside",
    "ScriptedPhone",
    "SippCallSpec",
    "SippCaller",
    "SippFailedError",
    "SippPhone",
    "SippProcess",
    "SippResult",
    "SippRun",
    "cross",
]
