"""``python -m callcenter.web.openapi`` writes the OpenAPI document to standard output."""

from __future__ import annotations

import sys

from callcenter.web.document import text


def main() -> None:
    sys.stdout.write(text())


if __name__ == "__main__":
    main()
