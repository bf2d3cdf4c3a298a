"""The rules of calling back, from the settings."""

from __future__ import annotations

from callcenter.settings import Settings
from callcenter.settings.values import minutes_of
from routing.callbacks import CallbackRules


def callback_rules(settings: Settings) -> CallbackRules:
    said = settings.callbacks
    return CallbackRules(
        zone=settings.site.timezone,
        opens=minutes_of(said.opens),
        closes=minutes_of(said.closes),
        strict=said.strict_zones,
        most_attempts=said.most_attempts,
        busy_gap=said.busy_seconds,
        no_answer_gap=said.no_answer_seconds,
        left_gap=said.no_answer_seconds,
        unknown_gap=said.no_answer_seconds,
        failed_gap=said.failed_seconds,
        keep_seconds=said.keep_hours * 3_600,
        ring_seconds=said.ring_seconds,
    )
