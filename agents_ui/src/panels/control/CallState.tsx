import { useTranslation } from "react-i18next";
import type { CallView } from "@/api/types";
import { Timer } from "@/components/Timer";
import { phoneNumber } from "@/i18n/format";
import { useColleague } from "./colleague";

/** One line on where the caller is and who else is in the call; nothing in a plain conversation. */
export function CallState({ call }: { call: CallView }) {
  const { t } = useTranslation();
  const from = useColleague(call.came_from);
  const colleague = useColleague(call.guest?.agent ?? null);
  const guest = call.guest;
  const who = guest === null ? "" : guest.agent === null ? phoneNumber(guest.number) : colleague;
  const parts = [
    !call.recorded ? null : call.recording_paused ? t("control.recordingPaused") : t("control.recorded"),
    call.came_from === null ? null : t("control.cameFrom", { who: from }),
    call.where === "outside" ? t("control.outside") : null,
    guest === null ? null : { asked: t("control.guestAsked", { who }), ringing: t("control.guestRinging", { who }), talking: t("control.guestTalking", { who }), joining: t("control.guestJoining", { who }), joined: t("control.guestJoined", { who }) }[guest.state],
    // Of a consultation it was just said that the caller waits.
    call.hold_since === null || guest?.state === "talking" ? null : t("control.held"),
  ].filter((part): part is string => part !== null);
  if (parts.length === 0) return null;
  const words = parts.join(" · ");
  return (
    <p className="call-state" role="status" data-testid="call-state">
      {call.recorded ? <span className="rec" data-paused={call.recording_paused} aria-hidden="true" /> : null}
      <span className="ellipsis" title={words}>
        {words}
      </span>
      {call.hold_since === null ? null : <Timer since={call.hold_since} />}
    </p>
  );
}
