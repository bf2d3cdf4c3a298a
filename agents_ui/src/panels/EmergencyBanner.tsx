import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { ProblemText } from "@/components/Problem";
import { putEmergency, useChange, useEmergency, useFlows } from "@/data/plan";

/** While lines are closed at once, on every page of those who may open them again. */
export default function EmergencyBanner({ mayReopen }: { mayReopen: boolean }) {
  const { t } = useTranslation("plan");
  const emergency = useEmergency();
  const active = emergency.data?.active === true;
  return active ? <Shown flows={emergency.data?.flows ?? []} prompt={emergency.data?.prompt ?? null} mayReopen={mayReopen} text={t("emergency.active")} /> : null;
}

function Shown({ flows, prompt, mayReopen, text }: { flows: string[]; prompt: string | null; mayReopen: boolean; text: string }) {
  const { t } = useTranslation("plan");
  const known = useFlows();
  const open = useChange(putEmergency);
  const named = flows.map((id) => known.data?.items.find((flow) => flow.id === id)?.name ?? id);
  return (
    <div className="banner emergency" data-tone="danger" data-testid="banner-emergency">
      <strong>{text}</strong>
      <span>{flows.length === 0 ? t("emergency.activeAll") : t("emergency.activeSome", { flows: named.join(", ") })}</span>
      {mayReopen ? (
        <Button size="compact-sm" loading={open.isPending} onClick={() => open.mutate({ active: false, prompt, flows })} data-testid="emergency-reopen">
          {t("emergency.reopen")}
        </Button>
      ) : null}
      <ProblemText error={open.error} />
    </div>
  );
}
