"""Which day it is for the site."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from callcenter.web.context import Context


def site_day(context: Context) -> date:
    """Today on the site's clock."""
    return datetime.fromtimestamp(context.deps.clock.now(), ZoneInfo(context.deps.settings.timezone)).date()
