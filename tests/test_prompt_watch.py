"""What the process says of prompts that callers would miss."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from callcenter.flows.prompts import PromptDesk
from callcenter.flows.store import FlowStore
from callcenter.prompt_watch import PromptWatch
from callcenter.prompts import PromptFolder
from callcenter.storage.database import Database
from routing.flows.model import Flow, FlowPlan, HangUp
from routing.ids import FlowId, PromptId, StepId
from tests.prompts.test_audio import tone

BYE = HangUp(StepId("bye"), PromptId("goodbye"))
PLAN = FlowPlan((Flow(FlowId("main"), "Main", ("100",), StepId("bye"), (BYE,), "ru"),))


class Scene:
    def __init__(self, database: Database, folder: Path) -> None:
        self.folder = PromptFolder(folder)
        self.registry = CollectorRegistry()
        desk = PromptDesk(FlowStore(database), self.folder, ("en", "ru"))
        self.watch = PromptWatch(desk, self.registry)

    @property
    def missing(self) -> float | None:
        return self.registry.get_sample_value("callcenter_prompts_missing")


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    return Scene(database, tmp_path / "prompts")


async def test_a_missing_prompt_is_told_once_until_it_goes_missing_again(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    await scene.watch.look(PLAN)
    await scene.watch.look(PLAN)
    said = capsys.readouterr().out
    assert said.count("prompts.missing") == 1
    assert "callcenter prompts put FILE --name goodbye --language ru" in said
    assert scene.missing == 1
    ready = await scene.watch.ready()
    assert ready.ok
    assert "goodbye (ru)" in ready.detail

    scene.folder.put("ru", "goodbye", tone())
    await scene.watch.look(PLAN)
    assert (scene.missing, (await scene.watch.ready()).detail) == (0, "")
    scene.folder.remove("ru", "goodbye")
    await scene.watch.look(PLAN)
    assert capsys.readouterr().out.count("prompts.missing") == 1


async def test_a_damaged_file_is_told_as_such(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.folder.put("ru", "goodbye", tone())
    file = scene.folder.path / "ru" / "goodbye.wav"
    file.write_bytes(file.read_bytes()[:100])
    await scene.watch.look(PLAN)
    assert "cut short" in capsys.readouterr().out


async def test_a_plan_without_prompts_asks_for_none(scene: Scene) -> None:
    await scene.watch.look(FlowPlan())
    assert (scene.missing, (await scene.watch.ready()).detail) == (0, "")
