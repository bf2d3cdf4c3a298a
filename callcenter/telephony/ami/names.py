"""Names of AMI events: which we read, which we know and leave unread."""

from __future__ import annotations

LISTED = frozenset({"Status", "StatusComplete", "DeviceStateListComplete", "DeviceStateChange"})
"""Items and ends of the lists we ask for. With an ActionID they belong to that list and to nobody else."""

WANTED = LISTED | {
    "Newchannel",
    "UserEvent",
    "DialBegin",
    "DialState",
    "DialEnd",
    "BridgeEnter",
    "BridgeLeave",
    "Hangup",
    "OriginateResponse",
}
"""Events that are decoded."""

IGNORED = frozenset(  # a column of words reads better than a hundred quoted ones
    """
    AgentCalled AgentComplete AgentConnect AgentDump AgentLogin AgentLogoff AgentRingNoAnswer
    AttendedTransfer BlindTransfer BridgeCreate BridgeDestroy BridgeMerge BridgeVideoSourceUpdate Cdr CEL
    ChallengeResponseFailed ChallengeSent ChanSpyStart ChanSpyStop ChannelTalkingStart ChannelTalkingStop
    ConfbridgeEnd ConfbridgeJoin ConfbridgeLeave ConfbridgeStart ContactStatus CoreShowChannel
    CoreShowChannelsComplete DTMFBegin DTMFEnd EndpointDetail
    ExtensionStatus Flash FullyBooted HangupHandlerPop HangupHandlerPush HangupHandlerRun HangupRequest Hold
    InvalidAccountID InvalidPassword LocalBridge LocalOptimizationBegin LocalOptimizationEnd LoadAverageLimit
    MCID MixMonitorMute MixMonitorStart MixMonitorStop MonitorStart MonitorStop MusicOnHoldStart
    MusicOnHoldStop NewAccountCode NewCallerid NewConnectedLine Newexten Newstate
    ParkedCall PeerStatus Pickup PresenceStateChange QueueCallerAbandon QueueCallerJoin QueueCallerLeave
    QueueMemberAdded QueueMemberPaused QueueMemberPenalty QueueMemberRemoved QueueMemberRinginuse
    QueueMemberStatus Registry Reload Rename RequestBadFormat RequestNotAllowed RequestNotSupported
    RTCPReceived RTCPSent SessionLimit SessionTimeout Shutdown SoftHangupRequest SuccessfulAuth TestEvent
    Unhold UnexpectedAddress UnParkedCall VarSet
    """.split()  # noqa: SIM905
)
"""Events that Asterisk is known to write and that are dropped undecoded: in what an unfiltered call writes
they are six of seven. Any other name is counted as unknown."""
