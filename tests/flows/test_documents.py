"""Flows, hours and the emergency as documents: the same again on the way back, and bad shapes by place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from callcenter.flows.documents import (
    EmergencyDocument,
    FlowDocument,
    HoursDocument,
    emergency_document,
    emergency_of,
    flow_document,
    flow_of,
    hours_document,
    hours_of,
    place_of,
)
from routing.flows.model import DayException, Emergency, Flow, Hours, OpenSpan, Step
from routing.ids import FlowId, HoursId, PromptId
from tests.people.plans import EVERY_STEP, NIGHT, OFFICE


def test_the_example_has_a_step_of_every_kind() -> None:
    assert {type(step) for step in EVERY_STEP.steps} == set(Step.__args__)


@pytest.mark.parametrize("flow", [EVERY_STEP, NIGHT])
def test_flows_come_back_as_they_were(flow: Flow) -> None:
    text = flow_document(flow).model_dump_json()
    assert flow_of(flow.id, FlowDocument.model_validate_json(text, strict=True)) == flow


_minutes = st.integers(0, 1440)
_hours = st.builds(
    Hours,
    st.just(HoursId("x")),
    st.just("X"),
    st.just("Europe/Moscow"),
    st.lists(
        st.builds(
            OpenSpan,
            st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))),
            _minutes,
            _minutes,
        ),
        max_size=3,
    ).map(tuple),
    st.sampled_from(["", "RU", "DE-BY"]),
    st.lists(
        st.builds(
            DayException,
            st.dates().map(lambda day: day.isoformat()),
            st.just("Party"),
            st.lists(st.tuples(_minutes, _minutes), max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
)


@given(_hours)
def test_hours_come_back_as_they_were(hours: Hours) -> None:
    text = hours_document(hours).model_dump_json()
    assert hours_of(hours.id, HoursDocument.model_validate_json(text, strict=True)) == hours


def test_the_emergency_comes_back_as_it_was() -> None:
    for emergency in (Emergency(), Emergency(True, PromptId("closed"), (FlowId("main"),))):
        text = emergency_document(emergency).model_dump_json()
        assert emergency_of(EmergencyDocument.model_validate_json(text, strict=True)) == emergency


def test_times_are_read_as_people_write_them() -> None:
    assert hours_document(OFFICE).spans[1].closes == "02:00"
    assert hours_document(OFFICE).exceptions[0].spans[1].closes == "24:00"


STEP: dict[str, Any] = {"do": "menu", "prompt": "p", "choices": [{"key": "1", "next": "a"}], "otherwise": "a"}


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({**STEP, "choices": []}, "steps.a.choices"),
        ({**STEP, "choices": [{"key": "11", "next": "a"}]}, "steps.a.choices.0.key"),
        ({**STEP, "seconds": 0}, "steps.a.seconds"),
        ({**STEP, "colour": "red"}, "steps.a.colour"),
        ({"do": "sing"}, "steps.a"),
        ({"do": "say", "prompt": "p q", "next": "a"}, "steps.a.prompt"),
        (
            {"do": "enqueue", "queue": "q", "overflow": [{"kind": "x", "next": "a"}]},
            "steps.a.overflow.0.kind",
        ),
        ({"do": "call_out", "number": "8 (495)", "otherwise": "a"}, "steps.a.number"),
        ({"do": "set_language", "language": "Russian", "next": "a"}, "steps.a.language"),
    ],
)
def test_a_bad_shape_is_told_by_its_place(step: dict[str, Any], place: str) -> None:
    document = {"name": "Main", "start": "a", "steps": {"a": step}}
    with pytest.raises(ValidationError) as refused:
        FlowDocument.model_validate(document)
    assert [place_of(error["loc"]) for error in refused.value.errors()] == [place]


def test_a_place_keeps_a_step_that_is_called_as_what_it_does() -> None:
    assert place_of(("steps", "menu", "menu", "prompt")) == "steps.menu.prompt"
    assert place_of(("flows", "main", "steps", "say", "say", "next")) == "flows.main.steps.say.next"
    assert place_of(("steps", "menu")) == "steps.menu"
