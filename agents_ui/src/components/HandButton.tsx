import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStatus } from "@/api/collection";
import { useSecond } from "@/api/clock";
import type { AgentView } from "@/api/types";
import { lowerHand } from "@/data/chat";
import { useAction } from "./action";
import { awayWords } from "./away";
import { useHotkeys } from "./hotkeys";
import { Icon } from "./Icon";
import { ProblemText } from "./Problem";

const HandSheet = lazy(() => import("@/panels/chat/HandSheet"));

/** One key raises the hand, the same key lowers it. */
export function HandButton({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const { phase } = useStatus();
  const action = useAction();
  const [asking, setAsking] = useState(false);
  const up = agent.hand_since !== null;
  const usable = phase === "live" && agent.state !== "offline" && !action.busy;
  const press = (): void => {
    if (up) void action.run(() => lowerHand(agent.agent));
    else setAsking(true);
  };
  useHotkeys([{ keys: "KeyH", when: usable, run: press }]);
  return (
    <>
      {up ? <UpFor since={agent.hand_since ?? 0} onPress={press} disabled={!usable} /> : (
        <button type="button" className="icon-button" disabled={!usable} onClick={press} aria-label={t("hand.raise")} title={t("hand.raise")} data-testid="hand-raise">
          <Icon name="hand" />
        </button>
      )}
      <ProblemText error={action.error} />
      {asking ? (
        <Suspense fallback={null}>
          <HandSheet agent={agent.agent} onClose={() => setAsking(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

function UpFor({ since, onPress, disabled }: { since: number; onPress: () => void; disabled: boolean }) {
  const { t } = useTranslation();
  const now = useSecond();
  return (
    <button type="button" className="icon-button hand-up" disabled={disabled} onClick={onPress} aria-label={t("hand.lower")} title={t("hand.up", { time: awayWords(t, now - since) })} data-testid="hand-lower">
      <Icon name="hand" />
      <span aria-hidden="true">{t("hand.lower")}</span>
    </button>
  );
}
