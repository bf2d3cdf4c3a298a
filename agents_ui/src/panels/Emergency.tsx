import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { ProblemText } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { putEmergency, useChange, useEmergency, useFlows, usePrompts } from "@/data/plan";
import { Pick, Ticks } from "./routing/parts";
import "@/theme/plan.css";

/** Closes the lines at once, after one question; while they are closed the banner has the way back. */
export function EmergencyButton() {
  const { t } = useTranslation("plan");
  const emergency = useEmergency();
  const [asking, setAsking] = useState(false);
  if (emergency.data === undefined || emergency.data.active === true) return null;
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)} data-testid="emergency">
        <span className="danger-text">{t("emergency.close")}</span>
      </Button>
      {asking ? <EmergencySheet prompt={emergency.data.prompt ?? ""} flows={emergency.data.flows ?? []} onClose={() => setAsking(false)} /> : null}
    </>
  );
}

function EmergencySheet({ prompt: last, flows: lastFlows, onClose }: { prompt: string; flows: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const prompts = usePrompts();
  const flows = useFlows();
  const [prompt, setPrompt] = useState(last === "" ? "cc-closed" : last);
  const [some, setSome] = useState<readonly string[]>(lastFlows);
  const close = useChange(putEmergency);
  const names = [...new Set(["cc-closed", ...(prompts.data?.items ?? []).map(({ id }) => id)])];
  return (
    <Sheet title={t("emergency.title")} onClose={onClose} testId="emergency-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          close.mutate({ active: true, prompt: prompt === "" ? null : prompt, flows: [...some] }, { onSuccess: onClose });
        }}
      >
        <p>{t("emergency.what")}</p>
        <div className="form-grid" style={{ marginTop: 12 }}>
          <Pick label={t("emergency.prompt")} none={t("emergency.noPrompt")} value={prompt} options={names.map((name) => ({ value: name, label: name === "cc-closed" ? t("builtIn.cc-closed") : name }))} onChange={setPrompt} testId="emergency-prompt" />
          <Ticks legend={t("emergency.flows")} options={(flows.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} chosen={some} onChange={setSome} />
        </div>
        <div className="row sheet-foot">
          <Button type="submit" className="danger-button" loading={close.isPending} data-testid="emergency-confirm" data-autofocus>
            {some.length === 0 ? t("emergency.confirmAll") : t("emergency.confirmSome", { count: some.length })}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <ProblemText error={close.error} />
        </div>
      </form>
    </Sheet>
  );
}
