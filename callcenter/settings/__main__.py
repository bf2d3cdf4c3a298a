"""Writes ``config/callcenter.toml`` and the table in ``docs/configuration.md`` anew, in a checkout."""

from __future__ import annotations

from pathlib import Path

from callcenter.settings.document import toml, with_table

ROOT = Path(__file__).parent.parent.parent


def main() -> None:
    (ROOT / "config" / "callcenter.toml").write_text(toml(), encoding="utf-8")
    page = ROOT / "docs" / "configuration.md"
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
