"""What the store of flows takes and gives besides the model of ``routing.flows``."""

from __future__ import annotations

from dataclasses import dataclass

from routing.ids import FlowId, PromptId


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


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording with its state. ``problem`` says why callers can't hear it, ``None`` when they can;
    ``flows`` are those that play it, in any language."""

    prompt: Prompt
    problem: str | None
    flows: tuple[FlowId, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A prompt that callers of this language may be about to hear, and can't. ``says`` is what the product
    needs it to say, ``None`` for one of the site's own. ``instead`` is the language it is heard in
    meanwhile, ``None`` when it is passed over."""

    id: PromptId
    language: str
    problem: str
    says: str | None
    instead: str | None
    flows: tuple[FlowId, ...]
    """Empty: only the emergency's."""

    @property
    def remedy(self) -> str:
        upload = f"upload it in the console, or: callcenter prompts put FILE --name {self.id}"
        upload += f" --language {self.language}"
        return upload if self.says is None else f"{upload} (callcenter prompts speak makes all of these)"

    def __str__(self) -> str:
        heard = f"callers hear it in {self.instead!r}" if self.instead else "callers hear nothing"
        says = f" It must say: {self.says}" if self.says else ""
        return f"prompt {self.id!r} in {self.language!r}: {self.problem}; {heard}. {self.remedy}.{says}"


@dataclass(frozen=True, slots=True)
class Prompts:
    """All recordings, by prompt and language, and all that is missing."""

    recordings: tuple[Recording, ...]
    missing: tuple[Missing, ...]
