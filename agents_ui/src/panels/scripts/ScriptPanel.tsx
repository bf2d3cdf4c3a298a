import { useTranslation } from "react-i18next";
import { serverNow } from "@/api/clock";
import type { CallView, Card, Me } from "@/api/types";
import { useNames } from "@/components/names";
import type { Script } from "@/data/callScript";
import { localText } from "@/data/localTime";
import { Saved } from "../WrapUp";
import { useKnown } from "./known";
import { SCRIPT_PANEL } from "./Suggested";
import { Walker } from "./Walker";
import "@/theme/scripts.css";

type Props = { me: Me; call: CallView; card: Card | undefined; script: Script; keys: boolean };

/** What to say and ask on this call, one step at a time. */
export default function ScriptPanel({ me, call, card, script, keys }: Props) {
  const { t } = useTranslation();
  const { site } = useNames();
  const known = useKnown(me, call, card);
  return (
    <section id={SCRIPT_PANEL} className="panel script-panel" aria-label={t("script.title")} data-testid="script-panel" data-version={script.version}>
      <Walker script={script.document} answers={script.answers} step={script.step} known={known} today={localText(serverNow(), site?.timezone ?? "UTC").slice(0, 10)} keys={keys} onChange={script.change}>
        <Saved state={script.state} empty={Object.keys(script.answers).length === 0} />
      </Walker>
    </section>
  );
}
