"""Where a link is."""

from __future__ import annotations

from enum import IntEnum


class LinkState(IntEnum):
    """The numbers are those of the metric ``callcenter_ami_link_state``."""

    STOPPED = 0
    BACKING_OFF = 1
    CONNECTING = 2
    DENIED = 3
    SYNCING = 4
    SERVING = 5
