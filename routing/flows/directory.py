"""The flows made ready for questions: which flow a dialled number leads to, what a step is, what is open."""

from __future__ import annotations

from routing.acd.directory import other_spelling
from routing.acd.model import RoutingPlan
from routing.flows.hours import Calendar, Timetable
from routing.flows.model import Flow, FlowPlan, Step
from routing.flows.spoken import BUILT_IN
from routing.ids import FlowId, HoursId, PromptId, QueueId, StepId


class FlowDirectory:
    """Indexes over one ``FlowPlan`` and the ``RoutingPlan`` beside it. Holds for any plan, also for one with
    mistakes; where an id or a number is used twice, the first counts, and a flow's number before a
    queue's. A dialled number that nothing has as it is counts with or without a leading +, since trunks
    bring both."""

    def __init__(self, plan: FlowPlan, routing: RoutingPlan, calendar: Calendar) -> None:
        self.plan = plan
        self.default_queue = routing.default_queue
        self.flows: dict[FlowId, Flow] = {}
        self.timetables: dict[HoursId, Timetable] = {}
        self._queues = {queue.id for queue in routing.queues}
        self._queue_numbers: dict[str, QueueId] = {}
        self._flow_numbers: dict[str, Flow] = {}
        self._steps: dict[tuple[FlowId, StepId], Step] = {}
        self._prompts = {*plan.prompts, *BUILT_IN}
        for queue in routing.queues:
            for number in queue.numbers:
                self._queue_numbers.setdefault(number, queue.id)
        for flow in plan.flows:
            if flow.id in self.flows:
                continue
            self.flows[flow.id] = flow
            for number in flow.numbers:
                self._flow_numbers.setdefault(number, flow)
            for step in flow.steps:
                self._steps.setdefault((flow.id, step.id), step)
        for hours in plan.hours:
            if hours.id not in self.timetables and calendar.zone(hours.zone) is not None:
                self.timetables[hours.id] = Timetable(hours, calendar)

    def flow_for(self, dialled: str) -> Flow | None:
        found = self._flow_numbers.get(dialled)
        if found is None and dialled not in self._queue_numbers:
            found = self._flow_numbers.get(other_spelling(dialled))
        return found

    def queue_for(self, dialled: str) -> QueueId | None:
        """The queue that a dialled number leads to without a flow."""
        return self._queue_numbers.get(dialled) or self._queue_numbers.get(other_spelling(dialled))

    def has_queue(self, queue: QueueId) -> bool:
        return queue in self._queues

    def step(self, flow: FlowId | None, step: StepId | None) -> Step | None:
        return None if flow is None or step is None else self._steps.get((flow, step))

    def has_prompt(self, prompt: PromptId) -> bool:
        """Whether it was uploaded, or comes with the product."""
        return prompt in self._prompts

    def is_emergency(self, flow: FlowId | None) -> bool:
        """Whether this flow (none: a call without one) is closed at present by the emergency."""
        emergency = self.plan.emergency
        return emergency.active and (not emergency.flows or flow in emergency.flows)
