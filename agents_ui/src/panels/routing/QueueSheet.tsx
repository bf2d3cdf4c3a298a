import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlanMistake, Preset, Queue, QueueForm, Ring, Scoring, ScoringTerm, Strategy } from "@/api/types";
import { Button } from "@/components/Button";
import { Sheet } from "@/components/Sheet";
import { addQueue, putQueue, removeQueue, useChange, usePresets } from "@/data/plan";
import { FormProblems, MistakeLine, NumberField, Pick, RemoveButton, RemoveIcon, SkillLevels, splitNumbers, useFieldErrors } from "./parts";

const STRATEGIES = ["longest_idle", "least_occupied", "fewest_calls", "round_robin", "random", "ring_all"] as const satisfies readonly Strategy[];
const PRESETS = ["balanced", "first_come", "promises", "value", "custom"] as const satisfies readonly Preset[];
const TERMS = ["need", "promise", "ageing", "spare", "skill", "longest_wait"] as const satisfies readonly ScoringTerm[];
const PREVIEWS = ["no", "line", "name"] as const satisfies readonly QueueForm["preview_next"][];
const SHOWN = [
  "id", "name", "numbers", "required", "priority", "ring_seconds", "wrap_up_seconds", "service_level_seconds", "short_abandon_seconds", "takes_unknown",
  "value", "rings", "preferred", "preferred_patience", "strategy", "preset", "scoring", "most_at_once", "wrap_up_longest", "preview_next",
] as const;

const FRESH: QueueForm = {
  name: "", numbers: [], required: [], priority: 0, ring_seconds: 20, wrap_up_seconds: 30, service_level_seconds: 20, short_abandon_seconds: 5, takes_unknown: false,
  value: 1, rings: [], preferred: [], preferred_patience: 0, strategy: "least_occupied", preset: "balanced",
  scoring: null, most_at_once: null, record: false, auto_answer: false, wrap_up_longest: 0, preview_next: "no",
};
/** Where own settings begin. */
const OWN: Scoring = { need: 1, promise: 0, ageing: 0.001, spare: 1, skill: 0.05, longest_wait: 900 };

function formOf(queue: Queue): QueueForm {
  return {
    name: queue.name, numbers: queue.numbers, required: queue.required, priority: queue.priority, ring_seconds: queue.ring_seconds, wrap_up_seconds: queue.wrap_up_seconds,
    service_level_seconds: queue.service_level_seconds, short_abandon_seconds: queue.short_abandon_seconds, takes_unknown: queue.takes_unknown, value: queue.value, rings: queue.rings,
    preferred: queue.preferred, preferred_patience: queue.preferred_patience, strategy: queue.strategy, preset: queue.preset, scoring: queue.scoring, most_at_once: queue.most_at_once,
    record: queue.record, auto_answer: queue.auto_answer, wrap_up_longest: queue.wrap_up_longest, preview_next: queue.preview_next,
  };
}

type Props = { queue: Queue | null; mistakes: readonly PlanMistake[]; mayEdit: boolean; onClose: () => void };

export function QueueSheet({ queue, mistakes, mayEdit, onClose }: Props) {
  const { t } = useTranslation("plan");
  const { t: words } = useTranslation("scripts");
  const [id, setId] = useState(queue?.id ?? "");
  const [form, setForm] = useState<QueueForm>(queue === null ? FRESH : formOf(queue));
  const [numbers, setNumbers] = useState(form.numbers.join(", "));
  const save = useChange((given: QueueForm) => (queue === null ? addQueue({ id: id.trim(), ...given }) : putQueue({ id: queue.id, form: given })));
  const remove = useChange(removeQueue);
  const { bad } = useFieldErrors(save.error);
  const change = (part: Partial<QueueForm>): void => setForm({ ...form, ...part });
  const seconds = (field: "ring_seconds" | "wrap_up_seconds" | "service_level_seconds" | "short_abandon_seconds", min = 0) => (
    <NumberField label={t(`queues.field.${field}`)} description={t(`queues.hint.${field}`)} value={form[field]} min={min} error={bad(field)} onChange={(value) => change({ [field]: value })} testId={`queue-${field}`} />
  );
  return (
    <Sheet title={queue === null ? t("queues.new") : queue.name} onClose={onClose} testId="queue-sheet" wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // Scoring counts with the preset "custom" alone; what was typed meanwhile stays in the form only.
          const scoring = form.preset === "custom" ? (form.scoring ?? OWN) : null;
          save.mutate({ ...form, scoring, name: form.name.trim(), numbers: splitNumbers(numbers) }, { onSuccess: onClose });
        }}
      >
        {mistakes.map((mistake) => (
          <MistakeLine key={`${mistake.place} ${mistake.code}`} mistake={mistake} />
        ))}
        {mayEdit ? null : <p className="hint">{t("common.readOnly")}</p>}
        <fieldset disabled={!mayEdit} className="sections">
          <div className="form-grid four">
            {queue === null ? (
              <TextInput label={t("common.id")} description={t("common.idHint")} required withAsterisk={false} value={id} error={bad("id")} onChange={(event) => setId(event.target.value)} data-testid="queue-id" data-autofocus />
            ) : null}
            <TextInput label={t("queues.name")} required withAsterisk={false} value={form.name} error={bad("name")} onChange={(event) => change({ name: event.target.value })} data-testid="queue-name" data-autofocus={queue === null ? undefined : true} />
            <TextInput label={t("queues.numbers")} description={t("queues.hint.numbers")} value={numbers} error={bad("numbers")} onChange={(event) => setNumbers(event.target.value)} data-testid="queue-numbers" />
            <NumberField label={t("queues.value")} description={t("queues.hint.value")} value={form.value} step="any" error={bad("value")} onChange={(value) => change({ value })} testId="queue-value" />
            <NumberField label={t("queues.field.priority")} description={t("queues.hint.priority")} value={form.priority} min={-1000} error={bad("priority")} onChange={(priority) => change({ priority })} testId="queue-priority" />
            <label className="row wide">
              <input type="checkbox" checked={form.takes_unknown} disabled={queue?.takes_unknown === true} onChange={(event) => change({ takes_unknown: event.target.checked })} />
              {t("queues.takesUnknown")}
            </label>
            {bad("takes_unknown") === null ? null : <p className="error-text wide">{bad("takes_unknown")}</p>}
          </div>
          <h3 className="section">{t("queues.who")}</h3>
          <div className="form-grid">
            <SkillLevels legend={t("queues.required")} hint={t("queues.hint.required")} levels={form.required} onChange={(required) => change({ required })} error={bad("required")} testId="queue-required" />
            <Rings rings={form.rings as readonly Ring[]} onChange={(rings) => change({ rings })} bad={bad} />
            <SkillLevels legend={t("queues.preferred")} hint={t("queues.hint.preferred")} levels={form.preferred} onChange={(preferred) => change({ preferred })} error={bad("preferred")} testId="queue-preferred" />
            <NumberField label={t("queues.field.preferred_patience")} description={t("queues.hint.preferred_patience")} value={form.preferred_patience} error={bad("preferred_patience")} onChange={(value) => change({ preferred_patience: value })} testId="queue-preferred_patience" />
            <MostAtOnce value={form.most_at_once} onChange={(most_at_once) => change({ most_at_once })} error={bad("most_at_once")} />
          </div>
          <h3 className="section">{t("queues.order")}</h3>
          <Presets preset={form.preset} onChange={(preset) => change({ preset })} />
          {form.preset === "custom" ? <ScoringTerms scoring={form.scoring ?? OWN} onChange={(scoring) => change({ scoring })} bad={bad} /> : null}
          <fieldset className="choices">
            <legend>{t("queues.strategyLegend")}</legend>
            {STRATEGIES.map((strategy) => (
              <label key={strategy} className="choice">
                <input type="radio" name="strategy" checked={form.strategy === strategy} onChange={() => change({ strategy })} data-testid={`strategy-${strategy}`} />
                <span>
                  <strong>{t(`strategy.${strategy}`)}</strong> <span className="muted">{t(`strategyUse.${strategy}`)}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <h3 className="section">{t("queues.times")}</h3>
          <div className="form-grid four">
            {seconds("service_level_seconds")}
            {seconds("short_abandon_seconds")}
            {seconds("ring_seconds", 1)}
            {seconds("wrap_up_seconds")}
            <NumberField label={words("wrapUpLongest")} description={words("wrapUpLongestHint")} value={form.wrap_up_longest} error={bad("wrap_up_longest")} onChange={(wrap_up_longest) => change({ wrap_up_longest })} testId="queue-wrap_up_longest" />
            <Pick label={words("previewNext")} value={form.preview_next} options={PREVIEWS.map((value) => ({ value, label: words(`preview.${value}`) }))} onChange={(value) => change({ preview_next: PREVIEWS.find((one) => one === value) ?? "no" })} error={bad("preview_next")} testId="queue-preview_next" />
          </div>
          {(["record", "auto_answer"] as const).map((field) => (
            <label key={field} className="row">
              <input type="checkbox" checked={form[field]} onChange={(event) => change({ [field]: event.target.checked })} data-testid={`queue-${field}`} />
              <span>
                {t(`queues.field.${field}`)} <span className="muted">{t(`queues.hint.${field}`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <div className="row sheet-foot">
          {mayEdit ? (
            <Button type="submit" loading={save.isPending} data-testid="save-queue">
              {t("common.save")}
            </Button>
          ) : null}
          <div className="grow">
            <FormProblems error={save.error ?? remove.error} shown={SHOWN} />
          </div>
          {queue === null || !mayEdit || queue.takes_unknown ? null : (
            <RemoveButton label={t("common.remove")} busy={remove.isPending} onRemove={() => remove.mutate(queue.id, { onSuccess: onClose })} testId="remove-queue" />
          )}
        </div>
      </form>
    </Sheet>
  );
}

function MostAtOnce({ value, onChange, error }: { value: number | null; onChange: (value: number | null) => void; error: string | null }) {
  const { t } = useTranslation("plan");
  return (
    <TextInput
      type="number"
      min={1}
      label={t("queues.field.most_at_once")}
      description={t("queues.hint.most_at_once")}
      placeholder={t("queues.noBound")}
      value={value ?? ""}
      error={error}
      onChange={(event) => onChange(event.target.value.trim() === "" ? null : Number(event.target.value))}
      data-testid="queue-most_at_once"
    />
  );
}

function Rings({ rings, onChange, bad }: { rings: readonly Ring[]; onChange: (rings: Ring[]) => void; bad: (field: string) => string | null }) {
  const { t } = useTranslation("plan");
  const change = (index: number, part: Partial<Ring>): void => onChange(rings.map((ring, at) => (at === index ? { ...ring, ...part } : ring)));
  const whole = rings.length === 0 ? bad("rings") : null;
  return (
    <fieldset className="wide" data-testid="queue-rings">
      <legend>{t("queues.rings")}</legend>
      <p className="hint">{t("queues.hint.rings")}</p>
      {rings.map((ring, index) => (
        // By its index: rings have no other name
        <div key={index} className="ring-row">
          <NumberField label={t("queues.ringAfter")} value={ring.after} min={1} onChange={(after) => change(index, { after })} error={bad(`rings.${index}.after`)} testId={`ring-${index}-after`} />
          <SkillLevels legend={t("queues.ringRequired")} levels={ring.required} onChange={(required) => change(index, { required })} error={bad(`rings.${index}.required`)} testId={`ring-${index}-required`} />
          <RemoveIcon label={t("queues.removeRing")} onClick={() => onChange(rings.filter((_, at) => at !== index))} />
        </div>
      ))}
      <button type="button" className="link-button" data-testid="add-ring" onClick={() => onChange([...rings, { after: (rings.at(-1)?.after ?? 0) + 30, required: rings.at(-1)?.required ?? [] }])}>
        {t("queues.addRing")}
      </button>
      {whole === null ? null : <p className="error-text">{whole}</p>}
    </fieldset>
  );
}

function Presets({ preset, onChange }: { preset: Preset; onChange: (preset: Preset) => void }) {
  const { t } = useTranslation("plan");
  return (
    <fieldset className="choices">
      <legend>{t("queues.presetLegend")}</legend>
      {PRESETS.map((one) => (
        <label key={one} className="choice">
          <input type="radio" name="preset" checked={preset === one} onChange={() => onChange(one)} data-testid={`preset-${one}`} />
          <span>
            <strong>{t(`preset.${one}.name`)}</strong> <span className="muted">{t(`preset.${one}.use`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function ScoringTerms({ scoring, onChange, bad }: { scoring: Scoring; onChange: (scoring: Scoring) => void; bad: (field: string) => string | null }) {
  const { t } = useTranslation("plan");
  const presets = usePresets();
  const begin = (preset: Preset): void => {
    const found = presets.data?.items.find(({ id }) => id === preset);
    if (found !== undefined) onChange(found.scoring);
  };
  return (
    <div className="form-grid three inset" data-testid="scoring">
      <div className="row wide">
        <span className="muted">{t("queues.beginWith")}</span>
        {PRESETS.filter((preset) => preset !== "custom").map((preset) => (
          <button key={preset} type="button" className="link-button" onClick={() => begin(preset)}>
            {t(`preset.${preset}.name`)}
          </button>
        ))}
      </div>
      {TERMS.map((term) => (
        <NumberField key={term} label={t(`term.${term}.name`)} description={t(`term.${term}.meaning`)} value={scoring[term] ?? NaN} step={term === "longest_wait" ? 1 : "any"} error={bad(`scoring.${term}`)} onChange={(value) => onChange({ ...scoring, [term]: value })} testId={`term-${term}`} />
      ))}
    </div>
  );
}
