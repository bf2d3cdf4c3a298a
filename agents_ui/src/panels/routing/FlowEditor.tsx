import { TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { ProblemError } from "@/api/rest";
import type { Flow, FlowDocument, PlanMistake } from "@/api/types";
import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { ProblemText } from "@/components/Problem";
import { checkFlow, putFlow, removeFlow, useChange } from "@/data/plan";
import { dropDraft, keepDraft, useDraft } from "./draft";
import { freeName, KINDS, newStep, outline, promptsOf, renameStep, stepAt, withoutStep, withStep, type Kind } from "./flow";
import { FlowTester } from "./FlowTester";
import { MistakeLine, Pick, RemoveButton, splitNumbers } from "./parts";
import { StepForm } from "./StepForm";
import { StepOutline } from "./StepOutline";
import { useChoices } from "./stepWords";

const CHECK_AFTER_MS = 300;
const NOTHING: readonly PlanMistake[] = [];

export function FlowEditor({ id, saved, mayEdit }: { id: string; saved: Flow | null; mayEdit: boolean }) {
  const { t } = useTranslation("plan");
  const [, go] = useLocation();
  const draft = useDraft(id);
  const flow = draft ?? (saved === null ? null : documentOf(saved));
  const [chosen, setChosen] = useState<string | null>(null);
  const check = useCheck(id, flow);
  const save = useChange(putFlow);
  const remove = useChange(removeFlow);
  const steps = useMemo(() => Object.keys(flow?.steps ?? {}), [flow]);
  const named = useMemo(() => Object.values(flow?.steps ?? {}).flatMap((step) => [...promptsOf(step)]), [flow]);
  const choices = useChoices(named);
  const frame = useRef<HTMLDivElement>(null);
  if (flow === null) return null;
  const step = chosen !== null && flow.steps[chosen] !== undefined ? chosen : flow.steps[flow.start] !== undefined ? flow.start : (steps[0] ?? null);
  const edit = (next: FlowDocument): void => {
    save.reset();
    keepDraft(id, next);
  };
  const mistakes = check.mistakes;
  const errors = mistakes.filter(({ severity }) => severity === "error");
  const elsewhere = mistakes.filter((mistake) => stepAt(mistake, id, steps) === null);
  const add = (kind: Kind): void => {
    const name = freeName(flow, kind.replaceAll("_", "-"));
    edit(withStep(flow, name, newStep(kind, choices.queues[0]?.value ?? "")));
    setChosen(name);
    window.setTimeout(() => frame.current?.querySelector<HTMLElement>("[data-testid=step-form] input")?.focus());
  };
  const submit = (): void => {
    save.mutate(
      { id, flow },
      {
        onSuccess: () => dropDraft(id),
      },
    );
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey && event.key === "Enter" && mayEdit && draft !== null && errors.length === 0) {
      event.preventDefault();
      submit();
    }
  };
  return (
    <div className="flow-editor" ref={frame} data-testid="flow-editor" onKeyDown={onKey}>
      <section className="panel flow-head">
        <div className="panel-head">
          <Link href="/routing/flows" className="icon-button" aria-label={t("flows.all")} title={t("flows.all")}>
            <Icon name="back" size={16} />
          </Link>
          <h2>{flow.name}</h2>
          {draft === null ? null : (
            <span className="chip" data-testid="flow-unsaved">
              {saved === null ? t("flows.unsavedNew") : t("flows.unsaved")}
            </span>
          )}
          <span className="grow" />
          <CheckState errors={errors.length} warnings={mistakes.length - errors.length} busy={check.busy} failed={check.error} />
          {mayEdit ? (
            <>
              {draft === null ? null : (
                <RemoveButton label={t("flows.discard")} busy={false} onRemove={() => { dropDraft(id); if (saved === null) go("/routing/flows"); }} testId="discard-flow" />
              )}
              {saved === null || draft !== null ? null : (
                <RemoveButton label={t("flows.remove")} busy={remove.isPending} onRemove={() => remove.mutate(id, { onSuccess: () => go("/routing/flows") })} testId="remove-flow" />
              )}
              <Button onClick={submit} disabled={draft === null || errors.length > 0} loading={save.isPending} data-testid="save-flow" title={t("flows.saveKey")}>
                {t("common.save")}
              </Button>
            </>
          ) : null}
        </div>
        <fieldset className="form-grid four padded" disabled={!mayEdit}>
          <TextInput label={t("flows.name")} value={flow.name} onChange={(event) => edit({ ...flow, name: event.target.value })} data-testid="edit-flow-name" />
          <Numbers numbers={flow.numbers ?? []} onChange={(numbers) => edit({ ...flow, numbers })} />
          <Pick label={t("flows.start")} value={flow.start} options={steps.map((name) => ({ value: name, label: name }))} onChange={(start) => edit({ ...flow, start })} testId="flow-start" />
          <TextInput label={t("flows.language")} value={flow.language ?? "ru"} onChange={(event) => edit({ ...flow, language: event.target.value })} data-testid="flow-language" />
        </fieldset>
        {draft !== null && errors.length > 0 ? (
          <p className="padded error-text" role="status" data-testid="flow-refused">
            {saved === null ? t("flows.refusedNew", { count: errors.length }) : t("flows.refused", { count: errors.length })}
          </p>
        ) : null}
        <div className="padded-x">
          <ProblemText error={save.error ?? remove.error} />
          {[...refusalsOf(save.error, `flows.${id}.`), ...refusalsOf(remove.error, "")].map((mistake) => (
            <MistakeLine key={`${mistake.place} ${mistake.code}`} mistake={mistake} place={mistake.place} />
          ))}
          {elsewhere.map((mistake) => (
            <MistakeLine key={`${mistake.place} ${mistake.code}`} mistake={mistake} place={mistake.place} />
          ))}
        </div>
      </section>
      <section className="panel flow-steps" aria-label={t("flows.steps")}>
        <header>
          <h2 className="grow">{t("flows.steps")}</h2>
          {mayEdit ? (
            <select className="adder" aria-label={t("flows.addStep")} value="" data-testid="add-step" onChange={(event) => { const kind = KINDS.find((one) => one === event.target.value); if (kind !== undefined) add(kind); }}>
              <option value="">{t("flows.addStep")}</option>
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {t(`step.${kind}.name`)}
                </option>
              ))}
            </select>
          ) : null}
        </header>
        <StepOutline runs={outline(flow)} flow={id} start={flow.start} steps={steps} chosen={step} mistakes={mistakes} onChoose={setChosen} />
      </section>
      <section className="panel flow-step" aria-label={t("flows.step")}>
        {step === null || flow.steps[step] === undefined ? (
          <p className="empty">{t("flows.noStep")}</p>
        ) : (
          <StepForm
            key={step}
            name={step}
            step={flow.steps[step]}
            names={steps}
            choices={choices}
            mayEdit={mayEdit}
            mistakes={mistakes.flatMap((mistake) => { const at = stepAt(mistake, id, steps); return at?.step === step ? [{ field: at.field, mistake }] : []; })}
            onChange={(next) => edit(withStep(flow, step, next))}
            onRename={(name) => { edit(renameStep(flow, step, name)); setChosen(name); }}
            onRemove={() => { edit(withoutStep(flow, step)); setChosen(null); }}
          />
        )}
      </section>
      <FlowTester id={id} flow={flow} blocked={errors.length > 0} onStep={setChosen} />
    </div>
  );
}

function documentOf({ name, numbers, start, language, steps }: Flow): FlowDocument {
  return { name, start, steps, ...(numbers === undefined ? {} : { numbers }), ...(language === undefined ? {} : { language }) };
}

function Numbers({ numbers, onChange }: { numbers: readonly string[]; onChange: (numbers: string[]) => void }) {
  const { t } = useTranslation("plan");
  const [text, setText] = useState<string | null>(null);
  return (
    <TextInput
      label={t("flows.numbers")}
      placeholder={t("flows.noNumbers")}
      value={text ?? numbers.join(", ")}
      onChange={(event) => { setText(event.target.value); onChange(splitNumbers(event.target.value)); }}
      onBlur={() => setText(null)}
      data-testid="flow-numbers"
    />
  );
}

function CheckState({ errors, warnings, busy, failed }: { errors: number; warnings: number; busy: boolean; failed: unknown }) {
  const { t } = useTranslation("plan");
  if (failed !== null) return <ProblemText error={failed} />;
  const words = errors > 0 ? t("flows.errors", { count: errors }) : warnings > 0 ? t("flows.warnings", { count: warnings }) : t("flows.fine");
  return (
    <span className="check-state" data-tone={errors > 0 ? "error" : warnings > 0 ? "warning" : "fine"} data-busy={busy ? true : undefined} role="status" data-testid="flow-check">
      {words}
    </span>
  );
}

/** The flow judged as if it were put now, a moment after the last change. */
function useCheck(id: string, flow: FlowDocument | null): { mistakes: readonly PlanMistake[]; busy: boolean; error: unknown } {
  const text = JSON.stringify(flow);
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(text), CHECK_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const check = useQuery({
    queryKey: ["plan", "check", id, asked],
    queryFn: async ({ signal }): Promise<readonly PlanMistake[]> => {
      try {
        return (await checkFlow(id, JSON.parse(asked) as FlowDocument, signal)).mistakes;
      } catch (error) {
        const told = refusalsOf(error, "");
        if (told.length > 0) return told;
        throw error;
      }
    },
    enabled: flow !== null,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  return { mistakes: check.data ?? NOTHING, busy: asked !== text || check.isFetching, error: check.error };
}

/** A refusal of what has the wrong shape tells fields; here they are mistakes like the others. */
function refusalsOf(error: unknown, prefix: string): readonly PlanMistake[] {
  if (!(error instanceof ProblemError)) return NOTHING;
  return error.errors.map(({ field, code, message, remedy, parameters }) => ({ place: `${prefix}${field}`, code, message, remedy: remedy ?? "", parameters: parameters ?? {}, severity: "error" }));
}
