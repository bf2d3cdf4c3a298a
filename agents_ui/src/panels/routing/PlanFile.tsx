import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { ProblemText } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { applyPlan, fetchPlan, useChange } from "@/data/plan";
import { Difference } from "./Changes";
import { FormProblems, MistakeLine } from "./parts";

/** The whole plan as a file: taken out, and laid over the plan after a look at what would change. */
export function PlanFile() {
  const { t } = useTranslation("plan");
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<{ name: string; toml: string } | null>(null);
  const fetched = useMutation({
    mutationFn: fetchPlan,
    onSuccess: ({ toml }) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([toml], { type: "application/toml" }));
      link.download = "plan.toml";
      link.click();
      URL.revokeObjectURL(link.href);
    },
  });
  return (
    <>
      <ProblemText error={fetched.error} />
      <Button size="xs" variant="default" loading={fetched.isPending} onClick={() => fetched.mutate()} data-testid="export-plan">
        {t("file.export")}
      </Button>
      <Button size="xs" variant="default" onClick={() => input.current?.click()}>
        {t("file.apply")}
      </Button>
      <input
        ref={input}
        type="file"
        accept=".toml"
        className="visually-hidden"
        tabIndex={-1}
        aria-label={t("file.apply")}
        data-testid="plan-file"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file !== undefined) void file.text().then((toml) => setChosen({ name: file.name, toml }));
        }}
      />
      {chosen === null ? null : <ApplySheet name={chosen.name} toml={chosen.toml} onClose={() => setChosen(null)} />}
    </>
  );
}

function ApplySheet({ name, toml, onClose }: { name: string; toml: string; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const look = useMutation({ mutationFn: applyPlan });
  const apply = useChange(applyPlan);
  const { mutate } = look;
  useEffect(() => mutate({ toml, dryRun: true }), [mutate, toml]);
  return (
    <Sheet title={t("file.title", { name })} onClose={onClose} testId="apply-sheet" wide>
      <FormProblems error={look.error ?? apply.error} shown={[]} />
      {look.data === undefined ? null : look.data.changes.length === 0 ? <p>{t("file.nothing")}</p> : null}
      <div className="changes">
        {(look.data?.changes ?? []).map((change) => (
          <Difference key={`${change.entity} ${change.id}`} change={change} />
        ))}
      </div>
      {(look.data?.mistakes ?? []).map((mistake) => (
        <MistakeLine key={`${mistake.place} ${mistake.code}`} mistake={mistake} place={mistake.place} />
      ))}
      <div className="row sheet-foot">
        <Button disabled={look.data === undefined || look.data.changes.length === 0} loading={apply.isPending || look.isPending} onClick={() => apply.mutate({ toml, dryRun: false }, { onSuccess: onClose })} data-testid="apply-plan">
          {t("file.doApply")}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
      </div>
    </Sheet>
  );
}
