"""What can go wrong with recordings beyond what a store says."""

from __future__ import annotations

from callcenter.storage.errors import StoreError


class PromptFolderError(StoreError):
    """The folder of prompts can't be written or read: the disk, its rights, or it isn't there. The message
    names the remedy."""
