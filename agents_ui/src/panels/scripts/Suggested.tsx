import { useTranslation } from "react-i18next";
import type { CallScript, CallView, Card, Me } from "@/api/types";
import type { Script } from "@/data/callScript";
import { asLanguage } from "@/i18n";
import { useKnown } from "./known";
import { answerTexts, suggestion, type Answers } from "./walk";

/** The element of the script, there once the operator talks. */
export const SCRIPT_PANEL = "script-panel";

type Props = { me: Me; call: CallView; card: Card; script: Pick<Script, "document" | "answers" | "step"> | CallScript; /** The panel is on the desk. */ there: boolean };

/** What the call's script says next, in one line that leads to it. */
export function Suggested({ me, call, card, script, there }: Props) {
  const { t, i18n } = useTranslation();
  const language = asLanguage(i18n.language);
  const { document: steps, step } = script;
  const answers = script.answers as Answers;
  const texts = { ...useKnown(me, call, card), ...answerTexts(steps, answers, language, { yes: t("script.yes"), no: t("script.no") }) };
  const said = suggestion(steps, answers, step, texts, language);
  if (said === "") return null;
  const words = t("standing.byScript", { said });
  return there ? (
    <button type="button" className="link-button ellipsis script-next" title={said} onClick={() => document.getElementById(SCRIPT_PANEL)?.querySelector<HTMLElement>(".walker-body")?.focus()} data-testid="script-suggests">
      {words}
    </button>
  ) : (
    <p className="ellipsis script-next" title={said} data-testid="script-suggests">
      {words}
    </p>
  );
}
