import { Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Comparison, FieldKind, ScriptBranch, ScriptCondition, ScriptDocument, ScriptField, ScriptMistake, ScriptStep } from "@/api/types";
import { Button } from "@/components/Button";
import { asLanguage } from "@/i18n";
import { Pick, RemoveIcon } from "../routing/parts";
import { fieldsOf, freeName, newBranch, newCondition, newField, ofKind, raised, replaced, titleOf, withWord, wordOr, without, type Language, type Words } from "./edit";
import { MistakeLines, within } from "./mistakes";

const KINDS = ["text", "number", "date", "choice", "choices", "yes_no", "phone", "money"] as const satisfies readonly FieldKind[];
const TESTS = ["is", "is_not", "has", "less", "more", "answered", "not_answered"] as const satisfies readonly Comparison[];

type Props = { script: ScriptDocument; index: number; mistakes: readonly ScriptMistake[]; onChange: (step: ScriptStep) => void; onRename: (id: string) => void; onRemove: () => void; onStart: () => void };

/** One step of a script: what to say, what to ask, and where that leads. */
export function StepEditor({ script, index, mistakes, onChange, onRename, onRemove, onStart }: Props) {
  const { t } = useTranslation("scripts");
  const step = script.steps[index];
  if (step === undefined) return null;
  const place = `steps.${index}`;
  const change = (part: Partial<ScriptStep>): void => onChange({ ...step, ...part });
  const languages = script.languages ?? [];
  const fields = step.fields ?? [];
  const branches = step.branches ?? [];
  const targets = script.steps.filter(({ id }) => id !== step.id).map((other) => ({ value: other.id, label: titleOf(other, languages[0] ?? "en") }));
  const own = mistakes.filter((mistake) => mistake.place === place || ["id", "next"].some((part) => mistake.place === `${place}.${part}`));
  return (
    <section className="panel" data-testid="step-editor">
      <div className="script-block">
        <div className="script-line">
          <TextInput label={t("stepId")} value={step.id} maxLength={64} onChange={(event) => onRename(event.target.value.trim())} data-testid="step-id" />
          {script.start === step.id ? (
            <span className="chip fixed">{t("start")}</span>
          ) : (
            <Button size="xs" variant="default" onClick={onStart}>
              {t("makeStart")}
            </Button>
          )}
          <Button size="xs" variant="default" onClick={onRemove} disabled={script.steps.length < 2} data-testid="remove-step">
            <span className="danger-text">{t("remove")}</span>
          </Button>
        </div>
        <MistakeLines mistakes={own} />
        <WordPair languages={languages} of="titleOf" words={step.title} onChange={(title) => change({ title })} testId="step-title" />
        <WordPair languages={languages} of="textOf" words={step.text} long onChange={(text) => change({ text })} testId="step-text" />
        <p className="muted small">{t("textHint")}</p>
        <MistakeLines mistakes={[...within(mistakes, `${place}.title`), ...within(mistakes, `${place}.text`)]} />
      </div>
      <div className="script-block">
        <h3>{t("fields")}</h3>
        {fields.map((field, at) => (
          <FieldEditor
            key={at}
            field={field}
            languages={languages}
            mistakes={within(mistakes, `${place}.fields.${at}`)}
            onChange={(next) => change({ fields: replaced(fields, at, next) })}
            onUp={at === 0 ? null : () => change({ fields: raised(fields, at) })}
            onRemove={() => change({ fields: without(fields, at) })}
          />
        ))}
        <div>
          <Button size="xs" variant="default" onClick={() => change({ fields: [...fields, newField(freeName(fieldsOf(script).map(({ id }) => id), "field"))] })} data-testid="add-field">
            {t("addField")}
          </Button>
        </div>
      </div>
      <div className="script-block">
        <h3>{t("ways")}</h3>
        {branches.map((branch, at) => (
          <BranchEditor
            key={at}
            branch={branch}
            script={script}
            targets={targets}
            mistakes={within(mistakes, `${place}.branches.${at}`)}
            onChange={(next) => change({ branches: replaced(branches, at, next) })}
            onUp={at === 0 ? null : () => change({ branches: raised(branches, at) })}
            onRemove={() => change({ branches: without(branches, at) })}
          />
        ))}
        <div className="script-line">
          <Pick label={t("otherwise")} value={step.next ?? ""} none={t("end")} options={targets} onChange={(next) => change({ next: next === "" ? null : next })} testId="step-next" />
          <Button size="xs" variant="default" onClick={() => change({ branches: [...branches, newBranch(script, fields[0] ?? fieldsOf(script)[0])] })} disabled={fieldsOf(script).length === 0} data-testid="add-branch">
            {t("addWay")}
          </Button>
        </div>
      </div>
    </section>
  );
}

type PairProps = { languages: readonly Language[]; of: "titleOf" | "textOf" | "labelOf" | "helpOf" | "optionOf"; words: Words | undefined; long?: boolean; onChange: (words: Words) => void; testId: string };

/** One text in each of the script's languages, side by side. */
function WordPair({ languages, of, words, long = false, onChange, testId }: PairProps) {
  const { t } = useTranslation("scripts");
  return (
    <div className={languages.length > 1 ? "word-pair" : undefined}>
      {languages.map((language) => {
        const field = { label: t(of, { language: t(language) }), value: words?.[language] ?? "", "data-testid": `${testId}-${language}`, lang: language };
        return long ? (
          <Textarea key={language} {...field} autosize minRows={3} maxRows={10} maxLength={4000} onChange={(event) => onChange(withWord(words, language, event.target.value))} />
        ) : (
          <TextInput key={language} {...field} maxLength={200} onChange={(event) => onChange(withWord(words, language, event.target.value))} />
        );
      })}
    </div>
  );
}

type FieldProps = { field: ScriptField; languages: readonly Language[]; mistakes: readonly ScriptMistake[]; onChange: (field: ScriptField) => void; onUp: (() => void) | null; onRemove: () => void };

function FieldEditor({ field, languages, mistakes, onChange, onUp, onRemove }: FieldProps) {
  const { t } = useTranslation("scripts");
  const options = field.options ?? [];
  const chooses = field.kind === "choice" || field.kind === "choices";
  const bounded = field.kind !== "phone" && field.kind !== "choice" && field.kind !== "yes_no";
  return (
    <div className="script-card" data-testid={`field-${field.id}`}>
      <div className="script-line">
        <TextInput label={t("field")} value={field.id} maxLength={64} onChange={(event) => onChange({ ...field, id: event.target.value.trim() })} data-testid="field-id" />
        <Pick label={t("kind")} value={field.kind} options={KINDS.map((value) => ({ value, label: t(`kinds.${value}`) }))} onChange={(value) => onChange(ofKind(field, KINDS.find((kind) => kind === value) ?? "text"))} testId="field-kind" />
        {bounded ? (
          <>
            <Bound label={t("least")} value={field.least ?? null} onChange={(least) => onChange({ ...field, least })} />
            <Bound label={t("most")} value={field.most ?? null} onChange={(most) => onChange({ ...field, most })} />
          </>
        ) : null}
        <label className="row fixed">
          <input type="checkbox" checked={field.required === true} onChange={(event) => onChange({ ...field, required: event.target.checked })} data-testid="field-required" />
          {t("required")}
        </label>
        {onUp === null ? null : <UpButton onClick={onUp} />}
        <RemoveIcon label={`${t("remove")}: ${field.id}`} onClick={onRemove} />
      </div>
      <WordPair languages={languages} of="labelOf" words={field.label} onChange={(label) => onChange({ ...field, label })} testId="field-label" />
      <WordPair languages={languages} of="helpOf" words={field.help} onChange={(help) => onChange({ ...field, help })} testId="field-help" />
      {chooses ? (
        <>
          {options.map((option, at) => (
            <div key={at} className="script-line">
              <TextInput label={t("option")} value={option.id} maxLength={64} onChange={(event) => onChange({ ...field, options: replaced(options, at, { ...option, id: event.target.value.trim() }) })} data-testid="option-id" />
              <WordPair languages={languages} of="optionOf" words={option.text} onChange={(text) => onChange({ ...field, options: replaced(options, at, { ...option, text }) })} testId="option-text" />
              <RemoveIcon label={`${t("remove")}: ${option.id}`} onClick={() => onChange({ ...field, options: without(options, at) })} />
            </div>
          ))}
          <div>
            <Button size="xs" variant="default" onClick={() => onChange({ ...field, options: [...options, { id: freeName(options.map(({ id }) => id), "option"), text: {} }] })} data-testid="add-option">
              {t("addOption")}
            </Button>
          </div>
        </>
      ) : null}
      <MistakeLines mistakes={mistakes} />
    </div>
  );
}

function Bound({ label, value, onChange }: { label: string; value: number | null; onChange: (value: number | null) => void }) {
  return <TextInput type="number" step="any" label={label} value={value === null ? "" : String(value)} onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))} />;
}

function UpButton({ onClick }: { onClick: () => void }) {
  const { t } = useTranslation("scripts");
  return (
    <Button size="xs" variant="default" onClick={onClick} aria-label={t("up")} title={t("up")}>
      ↑
    </Button>
  );
}

type BranchProps = { branch: ScriptBranch; script: ScriptDocument; targets: readonly { value: string; label: string }[]; mistakes: readonly ScriptMistake[]; onChange: (branch: ScriptBranch) => void; onUp: (() => void) | null; onRemove: () => void };

function BranchEditor({ branch, script, targets, mistakes, onChange, onUp, onRemove }: BranchProps) {
  const { t } = useTranslation("scripts");
  const fields = fieldsOf(script);
  return (
    <div className="script-card" data-testid="branch">
      {branch.when.map((condition, at) => (
        <ConditionEditor
          key={at}
          first={at === 0}
          condition={condition}
          fields={fields}
          onChange={(next) => onChange({ ...branch, when: replaced(branch.when, at, next) })}
          onRemove={branch.when.length < 2 ? null : () => onChange({ ...branch, when: without(branch.when, at) })}
        />
      ))}
      <div className="script-line">
        <Pick label={t("to")} value={branch.to} options={targets} onChange={(to) => onChange({ ...branch, to })} testId="branch-to" />
        <Button size="xs" variant="default" onClick={() => onChange({ ...branch, when: [...branch.when, newCondition(fields[0])] })}>
          {t("addCondition")}
        </Button>
        {onUp === null ? null : <UpButton onClick={onUp} />}
        <RemoveIcon label={`${t("remove")}: ${branch.to}`} onClick={onRemove} />
      </div>
      <MistakeLines mistakes={mistakes} />
    </div>
  );
}

type ConditionProps = { first: boolean; condition: ScriptCondition; fields: readonly ScriptField[]; onChange: (condition: ScriptCondition) => void; onRemove: (() => void) | null };

function ConditionEditor({ first, condition, fields, onChange, onRemove }: ConditionProps) {
  const { t, i18n } = useTranslation("scripts");
  const { t: words } = useTranslation();
  const language = asLanguage(i18n.language);
  const field = fields.find(({ id }) => id === condition.field);
  const label = (one: ScriptField): string => wordOr(one.label, language, one.id);
  const valued = condition.test !== "answered" && condition.test !== "not_answered";
  const options = field?.kind === "yes_no" ? [{ value: "yes", label: words("script.yes") }, { value: "no", label: words("script.no") }] : (field?.options ?? []).map(({ id, text }) => ({ value: id, label: wordOr(text, language, id) }));
  return (
    <div className="script-line">
      <Pick label={first ? t("when") : t("and")} value={condition.field} options={fields.map((one) => ({ value: one.id, label: label(one) }))} onChange={(name) => onChange({ ...newCondition(fields.find(({ id }) => id === name)), field: name })} testId="condition-field" />
      <Pick label={t("test")} value={condition.test} options={TESTS.map((value) => ({ value, label: t(`tests.${value}`) }))} onChange={(value) => onChange({ ...condition, test: TESTS.find((one) => one === value) ?? "is" })} testId="condition-test" />
      {!valued ? null : options.length > 0 ? (
        <Pick label={t("value")} value={condition.value ?? ""} options={options} onChange={(value) => onChange({ ...condition, value })} testId="condition-value" />
      ) : (
        <TextInput label={t("value")} value={condition.value ?? ""} maxLength={200} onChange={(event) => onChange({ ...condition, value: event.target.value })} data-testid="condition-value" />
      )}
      {onRemove === null ? null : <RemoveIcon label={t("remove")} onClick={onRemove} />}
    </div>
  );
}
