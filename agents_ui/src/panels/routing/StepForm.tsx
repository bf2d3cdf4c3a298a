import { TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PlanMistake, Step } from "@/api/types";
import { NumberField, Pick, RemoveButton, RemoveIcon, SkillLevels, useMistakeWords, type Option } from "./parts";
import type { Choices } from "./stepWords";

type Props = {
  name: string;
  step: Step;
  names: readonly string[];
  choices: Choices;
  mayEdit: boolean;
  mistakes: readonly { field: string; mistake: PlanMistake }[];
  onChange: (step: Step) => void;
  onRename: (name: string) => void;
  onRemove: () => void;
};

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"];
const OVERFLOWS = ["waited", "length", "expected_wait", "nobody"] as const;
const CODE = /^[A-Za-z0-9_.-]{1,64}$/;

/** One step, all its fields. */
export function StepForm(props: Props) {
  const { name, step, names, mayEdit, mistakes, onRename, onRemove } = props;
  const { t } = useTranslation("plan");
  const [typed, setTyped] = useState(name);
  const free = typed === name || (CODE.test(typed) && !names.includes(typed));
  const rename = (): void => {
    if (typed !== name && free) onRename(typed);
  };
  return (
    <form
      data-testid="step-form"
      onSubmit={(event) => {
        event.preventDefault();
        rename();
      }}
    >
      <div className="panel-head">
        <h2 className="grow">{t(`step.${step.do}.name`)}</h2>
        {mayEdit ? <RemoveButton label={t("flows.removeStep")} busy={false} onRemove={onRemove} testId="remove-step" /> : null}
      </div>
      <p className="hint padded">{t(`step.${step.do}.use`)}</p>
      <fieldset className="form-grid padded" disabled={!mayEdit}>
        <TextInput className="wide" label={t("flows.stepName")} value={typed} error={free ? null : CODE.test(typed) ? t("common.taken") : t("common.badId")} onChange={(event) => setTyped(event.target.value.trim())} onBlur={rename} data-testid="step-name" />
        <Fields {...props} />
      </fieldset>
      {mistakes.length === 0 ? null : (
        <div className="visually-hidden" role="status">
          {t("flows.stepErrors", { count: mistakes.length })}
        </div>
      )}
    </form>
  );
}

function Fields({ step, names, choices, mistakes, onChange }: Props) {
  const { t } = useTranslation("plan");
  const words = useMistakeWords();
  const bad = (field: string): string | null => {
    const found = mistakes.filter((one) => one.field === field);
    return found.length === 0 ? null : found.map(({ mistake }) => { const { message, remedy } = words(mistake); return `${message}. ${remedy}`; }).join(" ");
  };
  const steps: Option[] = names.map((one) => ({ value: one, label: one }));
  const lead = (field: string, label: string, value: string, set: (to: string) => Step): ReactNode => (
    <Pick key={field} label={label} value={value} options={steps} error={bad(field)} onChange={(to) => onChange(set(to))} testId={`step-${field}`} />
  );
  const prompt = (value: string, set: (prompt: string) => Step): ReactNode => (
    <Pick label={t("flows.prompt")} value={value} options={choices.prompts} error={bad("prompt")} onChange={(to) => onChange(set(to))} testId="step-prompt" />
  );
  const queue = (value: string, set: (queue: string) => Step): ReactNode => (
    <Pick label={t("flows.queue")} value={value} options={choices.queues} error={bad("queue")} onChange={(to) => onChange(set(to))} testId="step-queue" />
  );
  const number = (field: "seconds" | "attempts" | "most_digits" | "patience", label: string, value: number, set: (value: number) => Step, min = 1): ReactNode => (
    <NumberField label={label} value={value} min={min} error={bad(field)} onChange={(next) => onChange(set(next))} testId={`step-${field}`} />
  );
  switch (step.do) {
    case "say":
      return (
        <>
          {prompt(step.prompt, (to) => ({ ...step, prompt: to }))}
          {lead("next", t("way.next"), step.next, (next) => ({ ...step, next }))}
        </>
      );
    case "menu":
      return (
        <>
          {prompt(step.prompt, (to) => ({ ...step, prompt: to }))}
          {lead("otherwise", t("way.otherwise"), step.otherwise, (otherwise) => ({ ...step, otherwise }))}
          <Rows legend={t("flows.keys")} add={t("flows.addKey")} error={bad("choices")} onAdd={() => onChange({ ...step, choices: [...step.choices, { key: KEYS.find((key) => !step.choices.some((one) => one.key === key)) ?? "", next: "" }] })} testId="add-key">
            {step.choices.map((choice, index) => {
              const change = (part: Partial<typeof choice>): void => onChange({ ...step, choices: step.choices.map((one, at) => (at === index ? { ...one, ...part } : one)) });
              return (
                // By its index: a key may stand twice while it is edited
                <Row key={index} onRemove={() => onChange({ ...step, choices: step.choices.filter((_, at) => at !== index) })}>
                  <Pick hideLabel label={t("flows.key")} value={choice.key} options={KEYS.map((key) => ({ value: key, label: key }))} error={bad(`choices.${index}.key`)} onChange={(key) => change({ key })} testId={`choice-${index}-key`} />
                  <Pick hideLabel label={t("way.key", { key: choice.key })} value={choice.next} options={steps} error={bad(`choices.${index}.next`)} onChange={(next) => change({ next })} testId={`choice-${index}-next`} />
                </Row>
              );
            })}
          </Rows>
          {number("seconds", t("flows.waitForKey"), step.seconds ?? 5, (seconds) => ({ ...step, seconds }))}
          {number("attempts", t("flows.attempts"), step.attempts ?? 3, (attempts) => ({ ...step, attempts }))}
        </>
      );
    case "ask_number":
      return (
        <>
          {prompt(step.prompt, (to) => ({ ...step, prompt: to }))}
          {number("most_digits", t("flows.mostDigits"), step.most_digits ?? 12, (most_digits) => ({ ...step, most_digits }))}
          {lead("found", t("way.found"), step.found, (found) => ({ ...step, found }))}
          {lead("otherwise", t("way.otherwise"), step.otherwise, (otherwise) => ({ ...step, otherwise }))}
          {number("seconds", t("flows.waitForKey"), step.seconds ?? 5, (seconds) => ({ ...step, seconds }))}
          {number("attempts", t("flows.attempts"), step.attempts ?? 2, (attempts) => ({ ...step, attempts }))}
        </>
      );
    case "set_language":
      return (
        <>
          <TextInput label={t("flows.language")} value={step.language} error={bad("language")} onChange={(event) => onChange({ ...step, language: event.target.value })} data-testid="step-language" />
          {lead("next", t("way.next"), step.next, (next) => ({ ...step, next }))}
          <SkillLevels legend={t("flows.wanted")} hint={t("flows.wantedHint")} levels={step.wanted ?? []} onChange={(wanted) => onChange({ ...step, wanted })} error={bad("wanted")} testId="step-wanted" />
          {number("patience", t("flows.patience"), step.patience ?? 60, (patience) => ({ ...step, patience }), 0)}
        </>
      );
    case "if_open":
      return (
        <>
          <Pick label={t("flows.hours")} value={step.hours} options={choices.hours} error={bad("hours")} onChange={(hours) => onChange({ ...step, hours })} testId="step-hours" />
          <span />
          {lead("open", t("way.open"), step.open, (open) => ({ ...step, open }))}
          {lead("closed", t("way.closed"), step.closed, (closed) => ({ ...step, closed }))}
        </>
      );
    case "if_known":
      return (
        <>
          {lead("known", t("way.known"), step.known, (known) => ({ ...step, known }))}
          {lead("unknown", t("way.unknown"), step.unknown, (unknown) => ({ ...step, unknown }))}
        </>
      );
    case "by_value":
      return (
        <>
          <Rows legend={t("flows.branches")} add={t("flows.addBranch")} error={bad("branches")} onAdd={() => onChange({ ...step, branches: [...step.branches, { value: "", next: "" }] })} testId="add-branch">
            {step.branches.map((branch, index) => {
              const change = (part: Partial<typeof branch>): void => onChange({ ...step, branches: step.branches.map((one, at) => (at === index ? { ...one, ...part } : one)) });
              return (
                // By its index: a class may stand twice while it is edited
                <Row key={index} onRemove={() => onChange({ ...step, branches: step.branches.filter((_, at) => at !== index) })}>
                  <Pick hideLabel label={t("flows.valueClass")} value={branch.value} options={choices.values} error={bad(`branches.${index}.value`)} onChange={(value) => change({ value })} />
                  <Pick hideLabel label={t("way.value", { value: branch.value })} value={branch.next} options={steps} error={bad(`branches.${index}.next`)} onChange={(next) => change({ next })} />
                </Row>
              );
            })}
          </Rows>
          {lead("otherwise", t("way.otherwise"), step.otherwise, (otherwise) => ({ ...step, otherwise }))}
        </>
      );
    case "enqueue":
      return <EnqueueFields step={step} steps={steps} choices={choices} bad={bad} onChange={onChange} queue={queue(step.queue, (to) => ({ ...step, queue: to }))} />;
    case "offer_callback":
      return (
        <>
          {queue(step.queue, (to) => ({ ...step, queue: to }))}
          {prompt(step.prompt, (to) => ({ ...step, prompt: to }))}
          {lead("declined", t("way.declined"), step.declined, (declined) => ({ ...step, declined }))}
        </>
      );
    case "voicemail":
      return (
        <>
          {queue(step.queue, (to) => ({ ...step, queue: to }))}
          {prompt(step.prompt, (to) => ({ ...step, prompt: to }))}
          {number("seconds", t("flows.messageSeconds"), step.seconds ?? 120, (seconds) => ({ ...step, seconds }), 5)}
        </>
      );
    case "call_out":
      return (
        <>
          <TextInput label={t("flows.number")} value={step.number} error={bad("number")} onChange={(event) => onChange({ ...step, number: event.target.value })} data-testid="step-number" />
          {number("seconds", t("flows.ringSeconds"), step.seconds ?? 30, (seconds) => ({ ...step, seconds }), 5)}
          {lead("otherwise", t("way.unanswered"), step.otherwise, (otherwise) => ({ ...step, otherwise }))}
        </>
      );
    case "jump":
      return <Pick label={t("flows.flow")} value={step.flow} options={choices.flows} error={bad("flow")} onChange={(flow) => onChange({ ...step, flow })} testId="step-flow" />;
    case "hang_up":
      return <Pick label={t("flows.prompt")} none={t("flows.noPrompt")} value={step.prompt ?? ""} options={choices.prompts} error={bad("prompt")} onChange={(to) => onChange({ ...step, prompt: to === "" ? null : to })} testId="step-prompt" />;
  }
}

type Enqueue = Extract<Step, { do: "enqueue" }>;
type EnqueueProps = { step: Enqueue; steps: readonly Option[]; choices: Choices; bad: (field: string) => string | null; onChange: (step: Step) => void; queue: ReactNode };

function EnqueueFields({ step, steps, choices, bad, onChange, queue }: EnqueueProps) {
  const { t } = useTranslation("plan");
  const rules = step.overflow ?? [];
  const told = step.announcements ?? null;
  const tell = (part: Partial<NonNullable<typeof told>>): void => onChange({ ...step, announcements: { ...told, ...part } });
  return (
    <>
      {queue}
      <TextInput label={t("flows.music")} placeholder={t("flows.noMusic")} value={step.music ?? ""} error={bad("music")} onChange={(event) => onChange({ ...step, music: event.target.value === "" ? null : event.target.value })} data-testid="step-music" />
      <Rows legend={t("flows.overflow")} hint={t("flows.overflowHint")} add={t("flows.addOverflow")} error={bad("overflow")} onAdd={() => onChange({ ...step, overflow: [...rules, { kind: "waited", limit: 120, next: "" }] })} testId="add-overflow">
        {rules.map((rule, index) => {
          const change = (part: Partial<typeof rule>): void => onChange({ ...step, overflow: rules.map((one, at) => (at === index ? { ...one, ...part } : one)) });
          return (
            // By its index: rules have no other name
            <Row key={index} onRemove={() => onChange({ ...step, overflow: rules.filter((_, at) => at !== index) })}>
              <Pick hideLabel label={t("flows.overflowKind")} value={rule.kind} options={OVERFLOWS.map((kind) => ({ value: kind, label: t(`overflow.${kind}`) }))} onChange={(value) => change({ kind: OVERFLOWS.find((kind) => kind === value) ?? "waited" })} testId={`overflow-${index}-kind`} />
              {rule.kind === "nobody" ? <span /> : <NumberField hideLabel label={t(`overflow.limit_${rule.kind}`)} value={rule.limit ?? 0} error={bad(`overflow.${index}.limit`)} onChange={(limit) => change({ limit })} testId={`overflow-${index}-limit`} />}
              <Pick hideLabel label={t("flows.leadsTo")} value={rule.next} options={steps} error={bad(`overflow.${index}.next`)} onChange={(next) => change({ next })} testId={`overflow-${index}-next`} />
            </Row>
          );
        })}
      </Rows>
      <label className="row wide">
        <input type="checkbox" checked={told !== null} onChange={(event) => onChange({ ...step, announcements: event.target.checked ? { first: 20, every: 60, prompt: null, position: true, expected_wait: true, callback_key: null } : null })} />
        {t("flows.announce")}
      </label>
      {told === null ? null : (
        <div className="form-grid wide inset">
          <NumberField label={t("flows.announceFirst")} value={told.first ?? 20} error={bad("announcements.first")} onChange={(first) => tell({ first })} />
          <NumberField label={t("flows.announceEvery")} description={t("flows.announceOnce")} value={told.every ?? 60} error={bad("announcements.every")} onChange={(every) => tell({ every })} />
          <label className="row">
            <input type="checkbox" checked={told.position ?? true} onChange={(event) => tell({ position: event.target.checked })} />
            {t("flows.tellPosition")}
          </label>
          <label className="row">
            <input type="checkbox" checked={told.expected_wait ?? true} onChange={(event) => tell({ expected_wait: event.target.checked })} />
            {t("flows.tellWait")}
          </label>
          <Pick label={t("flows.prompt")} none={t("flows.noPrompt")} value={told.prompt ?? ""} options={choices.prompts} error={bad("announcements.prompt")} onChange={(prompt) => tell({ prompt: prompt === "" ? null : prompt })} />
          <Pick label={t("flows.callbackKey")} none={t("flows.noKey")} value={told.callback_key ?? ""} options={KEYS.map((key) => ({ value: key, label: key }))} error={bad("announcements.callback_key")} onChange={(key) => tell({ callback_key: key === "" ? null : key })} />
          {bad("announcements") === null ? null : <p className="error-text wide">{bad("announcements")}</p>}
        </div>
      )}
      <Pick label={t("flows.callbackStep")} none={t("flows.noCallback")} value={step.callback ?? ""} options={steps} error={bad("callback")} onChange={(to) => onChange({ ...step, callback: to === "" ? null : to })} testId="step-callback" />
    </>
  );
}

function Rows({ legend, hint, add, error, onAdd, children, testId }: { legend: string; hint?: string; add: string; error: string | null; onAdd: () => void; children: ReactNode; testId: string }) {
  return (
    <fieldset className="wide rows">
      <legend>{legend}</legend>
      {hint === undefined ? null : <p className="hint">{hint}</p>}
      {children}
      <button type="button" className="link-button" onClick={onAdd} data-testid={testId}>
        {add}
      </button>
      {error === null ? null : <p className="error-text">{error}</p>}
    </fieldset>
  );
}

function Row({ children, onRemove }: { children: ReactNode; onRemove: () => void }) {
  const { t } = useTranslation("plan");
  return (
    <div className="rule">
      {children}
      <RemoveIcon label={t("common.remove")} onClick={onRemove} />
    </div>
  );
}
