// What the screens of the plan share: fields, levels of skills, mistakes in the reader's words.
import { NativeSelect, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/rest";
import type { FieldProblem, PlanMistake, SkillLevel } from "@/api/types";
import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { ProblemText } from "@/components/Problem";
import { useSkills } from "@/data/plan";
import { asLanguage } from "@/i18n";
import type { en } from "@/i18n/plan.en";

type MistakeCode = keyof typeof en.mistake;
type Told = Pick<PlanMistake, "code" | "message" | "remedy"> & { parameters: Readonly<Record<string, string>> };

/** What is wrong and what mends it, in the reader's language where the code is known, else in the server's words. */
export function useMistakeWords(): (mistake: Told) => { message: string; remedy: string } {
  const { t, i18n } = useTranslation("plan");
  return ({ code, message, remedy, parameters }) => {
    if (!i18n.exists(`mistake.${code}.message`, { ns: "plan" })) return { message, remedy };
    const known = code as MistakeCode;
    // Which values a sentence takes the server tells with it; the types of `t` want them one by one.
    const say = t as (key: `mistake.${MistakeCode}.${"message" | "remedy"}`, values: Readonly<Record<string, string>>) => string;
    const like = /'(.+)'/.exec(parameters.like ?? "")?.[1] ?? "";
    const suggestion = like === "" ? "" : ` ${t("mistakes.like", { name: like })}`;
    return { message: say(`mistake.${known}.message`, parameters), remedy: `${say(`mistake.${known}.remedy`, parameters)}${suggestion}` };
  };
}

export function MistakeLine({ mistake, place }: { mistake: Told & { severity: PlanMistake["severity"] }; place?: string | undefined }) {
  const { t } = useTranslation("plan");
  const { message, remedy } = useMistakeWords()(mistake);
  return (
    <p className="mistake" data-severity={mistake.severity} data-testid="mistake" data-code={mistake.code}>
      <strong>{t(`mistakes.${mistake.severity}`)}</strong>
      {place === undefined || place === "" ? null : <code>{place}</code>}
      <span>{message}</span>
      <span className="muted">{remedy}</span>
    </p>
  );
}

/** The server's complaints about what was sent, for each field; those about fields that no input shows are `rest`. */
export function useFieldErrors(error: unknown): { bad: (field: string) => string | null; rest: (shown: readonly string[]) => readonly FieldProblem[] } {
  const words = useMistakeWords();
  const errors = error instanceof ProblemError ? error.errors : [];
  const within = (problem: FieldProblem, field: string): boolean => problem.field === field || problem.field.startsWith(`${field}.`);
  return {
    bad(field) {
      const found = errors.filter((problem) => within(problem, field));
      if (found.length === 0) return null;
      return found.map((problem) => sentence(words(asTold(problem)))).join(" ");
    },
    rest: (shown) => errors.filter((problem) => !shown.some((field) => within(problem, field))),
  };
}

const asTold = ({ code, message, remedy, parameters }: FieldProblem): Told => ({ code, message, remedy: remedy ?? "", parameters: parameters ?? {} });

function sentence({ message, remedy }: { message: string; remedy: string }): string {
  const end = /[.!?]$/.test(message) ? "" : ".";
  return remedy === "" ? `${message}${end}` : `${message}${end} ${remedy}`;
}

/** Below a form: what was refused, and every complaint that stands beside no field. */
export function FormProblems({ error, shown }: { error: unknown; shown: readonly string[] }) {
  const { rest } = useFieldErrors(error);
  const words = useMistakeWords();
  return (
    <div>
      <ProblemText error={error} />
      {rest(shown).map((problem) => (
        <p key={`${problem.field} ${problem.code}`} className="error-text" data-testid="problem-elsewhere">
          {problem.field === "" ? null : <code>{problem.field} </code>}
          {sentence(words(asTold(problem)))}
        </p>
      ))}
    </div>
  );
}

type NumberFieldProps = { label: string; value: number; onChange: (value: number) => void; error?: string | null; description?: ReactNode; min?: number; step?: number | "any"; testId?: string; disabled?: boolean; hideLabel?: boolean };

/** A number; what is typed stays as it is typed, also while it is none yet. */
export function NumberField({ label, value, onChange, error = null, description, min = 0, step = 1, testId, disabled = false, hideLabel = false }: NumberFieldProps) {
  const [text, setText] = useState(Number.isNaN(value) ? "" : String(value));
  const shown = Number(text) === value || (text.trim() === "" && Number.isNaN(value)) ? text : String(value);
  return (
    <TextInput
      type="number"
      inputMode="decimal"
      {...(hideLabel ? { "aria-label": label } : { label })}
      description={description}
      min={min}
      step={step}
      disabled={disabled}
      value={shown}
      error={error}
      data-testid={testId}
      onChange={(event) => {
        setText(event.target.value);
        onChange(event.target.value.trim() === "" ? NaN : Number(event.target.value));
      }}
    />
  );
}

export type Option = { readonly value: string; readonly label: string };
type PickProps = { label: string; value: string; options: readonly Option[]; onChange: (value: string) => void; error?: string | null; none?: string; testId?: string; hideLabel?: boolean };

/** One of some; a value that is not among them stays seen as one that is missing. `none` allows the empty one. */
export function Pick({ label, value, options, onChange, error = null, none, testId, hideLabel = false }: PickProps) {
  const { t } = useTranslation("plan");
  const known = options.some((option) => option.value === value);
  const missing = value === "" ? [{ value: "", label: none ?? t("common.choose") }] : known ? [] : [{ value, label: t("common.missing", { name: value }) }];
  const empty = none !== undefined && value !== "" ? [{ value: "", label: none }] : [];
  return (
    <NativeSelect
      {...(hideLabel ? { "aria-label": label } : { label })}
      data={[...missing, ...empty, ...options]}
      value={value}
      error={error}
      data-testid={testId}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

export const LEVELS = Array.from({ length: 10 }, (_, index) => index + 1);

export function useSkillNames(): { options: readonly Option[]; name: (skill: string) => string } {
  const { i18n } = useTranslation();
  const skills = useSkills();
  const language = asLanguage(i18n.language);
  const options = (skills.data?.items ?? []).map((skill) => ({ value: skill.id, label: skill[language] }));
  return { options, name: (skill) => options.find(({ value }) => value === skill)?.label ?? skill };
}

/** `Technical matters 3, English 1` */
export function useLevels(): (levels: readonly SkillLevel[]) => string {
  const { name } = useSkillNames();
  return (levels) => levels.map(({ skill, level }) => `${name(skill)} ${level}`).join(", ");
}

type SkillLevelsProps = { legend: string; hint?: string; levels: readonly SkillLevel[]; onChange: (levels: SkillLevel[]) => void; error?: string | null; testId: string };

/** Skills with the level of each; the last line adds one. */
export function SkillLevels({ legend, hint, levels, onChange, error = null, testId }: SkillLevelsProps) {
  const { t } = useTranslation("plan");
  const { options, name } = useSkillNames();
  const free = options.filter(({ value }) => !levels.some(({ skill }) => skill === value));
  return (
    <fieldset className="wide" data-testid={testId}>
      <legend>{legend}</legend>
      {hint === undefined ? null : <p className="hint">{hint}</p>}
      <div className="options">
        {levels.map(({ skill, level }, index) => (
          <span key={skill} className="row" style={{ gap: 6 }}>
            <span>{name(skill)}</span>
            <select
              aria-label={t("queues.levelOf", { skill: name(skill) })}
              value={level}
              onChange={(event) => onChange(levels.map((one, at) => (at === index ? { skill, level: Number(event.target.value) } : one)))}
              data-testid={`${testId}-${skill}`}
            >
              {LEVELS.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
            <RemoveIcon label={t("common.removeOne", { name: name(skill) })} onClick={() => onChange(levels.filter((_, at) => at !== index))} />
          </span>
        ))}
        {free.length === 0 ? null : (
          <select className="adder" aria-label={t("queues.addSkill")} value="" onChange={(event) => onChange([...levels, { skill: event.target.value, level: 1 }])} data-testid={`${testId}-add`}>
            <option value="">{t("queues.addSkill")}</option>
            {free.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </div>
      {error === null ? null : <p className="error-text">{error}</p>}
    </fieldset>
  );
}

export function RemoveIcon({ label, onClick, testId }: { label: string; onClick: () => void; testId?: string }) {
  return (
    <button type="button" className="icon-button small" aria-label={label} title={label} onClick={onClick} data-testid={testId}>
      <Icon name="close" size={13} />
    </button>
  );
}

/** Removes at the second press: the first turns it into the question. */
export function RemoveButton({ label, onRemove, busy, size = "xs", testId }: { label: string; onRemove: () => void; busy: boolean; size?: "xs" | "compact-sm"; testId?: string }) {
  const { t } = useTranslation("plan");
  const [asked, setAsked] = useState(false);
  return (
    <Button
      size={size}
      variant="default"
      loading={busy}
      data-testid={testId}
      onBlur={() => setAsked(false)}
      onClick={() => {
        if (asked) onRemove();
        setAsked(!asked);
      }}
    >
      <span className="danger-text">{asked ? t("common.really") : label}</span>
    </Button>
  );
}

/** Numbers as people write them, one field: by commas or spaces. */
export function splitNumbers(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== "");
}

/** Checkboxes over some names, in their order. */
export function Ticks({ legend, options, chosen, onChange, error = null }: { legend: string; options: readonly Option[]; chosen: readonly string[]; onChange: (chosen: string[]) => void; error?: string | null }) {
  return (
    <fieldset className="wide">
      <legend>{legend}</legend>
      <div className="options">
        {options.map(({ value, label }) => (
          <label key={value}>
            <input type="checkbox" checked={chosen.includes(value)} onChange={(event) => onChange(event.target.checked ? [...chosen, value] : chosen.filter((one) => one !== value))} />
            {label}
          </label>
        ))}
      </div>
      {error === null ? null : <p className="error-text">{error}</p>}
    </fieldset>
  );
}
