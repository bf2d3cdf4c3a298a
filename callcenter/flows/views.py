"""What the store of flows takes and gives besides the model of ``routing.flows``."""

from __future__ import annotations

from dataclasses import dataclass

from routing.ids import PromptId


@dataclass(frozen=True, slots=True)
class Prompt:
    """One recording of a prompt in one language. ``sha256`` is the hex digest of the audio, ``uploaded_at``
    epoch seconds."""

    id: PromptId
    language: str
    sha256: str
    seconds: float
    uploaded_by: str
    uploaded_at: float
