"""What the list of those who gave up may answer."""

from __future__ import annotations

from callcenter.storage.errors import StoreError


class TakenError(StoreError):
    """Somebody else was first; ``by`` is who."""

    def __init__(self, by: str) -> None:
        super().__init__("claimed_by", f"already taken by {by}")
        self.by = by
