import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CallAction, CallView } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { Button } from "@/components/Button";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { ProblemText } from "@/components/Problem";
import { completeTransfer, consult, dismissGuest, holdCall, joinGuest, leaveCall, parkCall, pauseRecording, resumeCall, transferCall } from "@/data/control";
import { Keypad } from "./Keypad";
import { TargetSheet } from "./TargetSheet";

type Wish = { readonly action: CallAction; readonly keys: string; readonly label: string; readonly run: () => void; readonly strong?: boolean };

/** What the server allows to be done with the call now: a button and a key for each, and nothing else. */
export function CallBar({ call }: { call: CallView }) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const work = useAction();
  const [asking, setAsking] = useState<"transfer" | "consult" | null>(null);
  const id = call.call;
  const go = (wish: (call: string) => Promise<void>) => () => void work.run(() => wish(id));
  const joined = call.guest?.state === "joined";
  const wishes: readonly Wish[] = [
    { action: "hold", keys: "Shift+KeyO", label: t("control.hold"), run: go(holdCall) },
    { action: "resume", keys: "Shift+KeyO", label: t("control.resume"), run: go(resumeCall), strong: true },
    { action: "complete", keys: "Shift+KeyE", label: t("control.complete"), run: go(completeTransfer), strong: true },
    { action: "join", keys: "Shift+KeyJ", label: t("control.join"), run: go(joinGuest) },
    { action: "leave", keys: "Shift+KeyE", label: t("control.leave"), run: go(leaveCall) },
    { action: "dismiss", keys: "Shift+KeyB", label: joined ? t("control.dismissJoined") : t("control.dismiss"), run: go(dismissGuest) },
    { action: "consult", keys: "Shift+KeyC", label: t("control.consult"), run: () => setAsking("consult") },
    { action: "transfer", keys: "Shift+KeyT", label: t("control.transfer"), run: () => setAsking("transfer") },
    { action: "park", keys: "Shift+KeyX", label: t("control.park"), run: go(parkCall) },
    { action: "pause_recording", keys: "Shift+KeyR", label: t("control.pauseRecording"), run: go((call) => pauseRecording(call, true)) },
    { action: "resume_recording", keys: "Shift+KeyR", label: t("control.resumeRecording"), run: go((call) => pauseRecording(call, false)), strong: true },
  ];
  const offered = wishes.filter(({ action }) => call.actions.includes(action));
  useHotkeys(offered.map(({ keys, run }) => ({ keys, run, when: canAct && !work.busy })));
  const send = asking === "transfer" ? transferCall : consult;
  // What was being chosen is not possible any more: the call went on without it.
  const possible = asking !== null && call.actions.includes(asking);
  return (
    <div className="call-bar" role="group" aria-label={t("control.label")} data-testid="call-bar" data-where={call.where ?? ""} data-guest={call.guest?.state ?? ""}>
      {offered.map(({ action, keys, label, run, strong }) => (
        <Button key={action} size="xs" {...(strong === true ? {} : { variant: "default" })} disabled={!canAct || work.busy} onClick={run} rightSection={<Key of={keys.replace("Shift+Key", "⇧")} />} data-testid={`do-${action}`}>
          {label}
        </Button>
      ))}
      {call.actions.includes("keys") ? <Keypad key={id} call={id} /> : null}
      <ProblemText error={work.error} />
      {possible ? (
        <TargetSheet
          kind={asking}
          onClose={() => setAsking(null)}
          onPick={(target) => {
            setAsking(null);
            void work.run(() => send(id, target));
          }}
        />
      ) : null}
    </div>
  );
}
