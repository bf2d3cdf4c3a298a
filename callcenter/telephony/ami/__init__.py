"""The Asterisk Manager Interface: typed events from it, typed commands to it.

The way of the bytes: ``client`` (panoramisk's connection) -> ``frames`` -> ``inbox`` -> ``parse`` ->
``post``; the way of a command: ``link`` -> ``render`` -> ``client``. ``resync`` reads listings; ``frames``,
``parse``, ``render`` and ``resync`` are pure.
"""

from callcenter.telephony.ami.fleet import AmiFleet
from callcenter.telephony.ami.link import AmiLink
from callcenter.telephony.ami.metrics import AmiMetrics
from callcenter.telephony.ami.options import LinkOptions, TlsOptions
from callcenter.telephony.ami.state import LinkState

__all__ = ["AmiFleet", "AmiLink", "AmiMetrics", "LinkOptions", "LinkState", "TlsOptions"]
