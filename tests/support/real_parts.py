"""What a test does when a real part it needs is not on this machine."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(part: str, why: str) -> NoReturn:
    """Skip the test with one plain sentence; in CI (``CI=true``) fail it, where nothing may be missing."""
    sentence = f"{part} is missing: {why}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
