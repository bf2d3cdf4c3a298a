"""The example that others begin with runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


def test_the_example_runs_as_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "routing" / "README.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(example, "routing/README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[0] == "ring"
