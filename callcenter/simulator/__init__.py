"""A PBX that speaks AMI over TCP as our Asterisk does: for the demo, for tests and for load.

``SimulatedPbx`` is the pure model, ``SimulatorServer`` puts it on a port, a ``Scenario`` says who calls and
how phones behave. One contract test suite holds it to a real Asterisk 22 (ADR 0005).
"""

from callcenter.simulator.pbx import SimulatedPbx
from callcenter.simulator.phones import DECLINES, IGNORES, RINGS, Phone, RingPlan
from callcenter.simulator.runner import (
    PbxOptions,
    ScenarioRun,
    ScenarioSummary,
    build_pbx,
    run_scenario,
    serve_pbx,
)
from callcenter.simulator.scenario import Scenario
from callcenter.simulator.server import SimulatorServer

__all__ = [
    "DECLINES",
    "IGNORES",
    "RINGS",
    "PbxOptions",
    "Phone",
    "RingPlan",
    "Scenario",
    "ScenarioRun",
    "ScenarioSummary",
    "SimulatedPbx",
    "SimulatorServer",
    "build_pbx",
    "run_scenario",
    "serve_pbx",
]
