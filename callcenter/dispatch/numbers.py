"""Numbers as they are, for a core without a directory of them: tests, replays of invented calls."""

from __future__ import annotations

from datetime import UTC, tzinfo


class PlainNumbers:
    """Takes a number for public when it is written in full (``+79161234567``), and knows no zone but
    UTC."""

    def e164(self, raw: str) -> str | None:
        digits = raw[1:]
        whole = raw.startswith("+") and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15
        return raw if whole else None

    def zones(self, e164: str) -> tuple[str, ...]:
        return ()

    def zone(self, name: str) -> tzinfo | None:
        return UTC if name == "UTC" else None
