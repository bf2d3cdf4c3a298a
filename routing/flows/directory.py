"""The flows made ready for questions: which flow a dialled number leads to, what a step is."""

from __future__ import annotations

from routing.acd.model import RoutingPlan
from routing.flows.hours import Calendar
from routing.flows.model import FlowPlan


class FlowDirectory:
    """Indexes over one ``FlowPlan`` and the ``RoutingPlan`` beside it. Holds for any plan, also for one with
    mistakes; where an id is used twice, the first counts."""

    def __init__(self, plan: FlowPlan, routing: RoutingPlan, calendar: Calendar) -> None:
        self.plan = plan
        self.routing = routing
        self.calendar = calendar
