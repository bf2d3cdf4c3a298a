"""Recordings that callers hear in flows: uploaded as WAV or MP3, kept as what Asterisk plays best.

``convert`` is pure; ``PromptFolder`` is the only part that touches the disk. Both block, for up to a second
or two with a long recording: in a running loop, use ``asyncio.to_thread``.
"""

from callcenter.prompts.audio import MAX_BYTES, MAX_SECONDS, AudioError, PromptAudio, convert
from callcenter.prompts.folder import MissingPrompt, PromptFolder, PromptNameError, StoredPrompt

__all__ = [
    "MAX_BYTES",
    "MAX_SECONDS",
    "AudioError",
    "MissingPrompt",
    "PromptAudio",
    "PromptFolder",
    "PromptNameError",
    "StoredPrompt",
    "convert",
]
