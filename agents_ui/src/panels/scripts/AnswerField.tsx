import { Checkbox, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ScriptField } from "@/api/types";
import { Key } from "@/components/Key";
import { asLanguage } from "@/i18n";
import { isSeveral, wrongAnswer, type Value } from "./walk";

type Props = { field: ScriptField; value: Value | undefined; today: string; digits: boolean; onChange: (value: Value | undefined) => void };

/** One question of a script. `digits`: its options are chosen by digits. */
export function AnswerField({ field, value, today, digits, onChange }: Props) {
  const { t, i18n } = useTranslation();
  const language = asLanguage(i18n.language);
  const wrong = wrongAnswer(field, value, today);
  const error = wrong === null ? null : wrong.code === "badValue" ? t("script.badValue") : t(`script.${wrong.code}`, { bound: wrong.bound });
  const label = `${field.label?.[language] ?? field.id}${field.required === true ? ` (${t("script.required")})` : ""}`;
  const help = field.help?.[language] ?? undefined;
  const common = { label, error, "data-testid": `answer-${field.id}`, "aria-required": field.required === true, ...(help === undefined ? {} : { description: help }) };
  const text = typeof value === "string" ? value : "";
  switch (field.kind) {
    case "choice":
    case "choices":
    case "yes_no":
      return <Options field={field} value={value} digits={digits} label={label} help={help} error={error} onChange={onChange} />;
    case "text":
      return <Textarea {...common} autosize minRows={1} maxRows={4} maxLength={2000} value={text} onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)} />;
    case "date":
      return <TextInput {...common} type="date" value={text} onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)} />;
    case "phone":
      return <TextInput {...common} type="tel" maxLength={32} value={text} onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)} />;
    case "number":
      return <Figure {...common} value={typeof value === "number" ? String(value) : ""} onTyped={(typed) => onChange(typed === "" ? undefined : Number(typed))} />;
    case "money":
      return <Figure {...common} value={text} onTyped={(typed) => onChange(typed === "" ? undefined : typed)} />;
  }
}

type FigureProps = { label: string; error: string | null; value: string; onTyped: (typed: string) => void };

/** A number as people type it; a comma is a point. What is no number is kept as typed and not sent. */
function Figure({ value, onTyped, error, ...rest }: FigureProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const plain = typed.replaceAll(/\s/g, "").replace(",", ".");
  const fits = plain === "" || /^-?\d{1,15}(\.\d{1,2})?$/.test(plain);
  const shown = plain === value || !fits ? typed : value;
  return (
    <TextInput
      {...rest}
      inputMode="decimal"
      maxLength={20}
      value={shown}
      error={fits ? error : t("script.badValue")}
      onChange={(event) => {
        setTyped(event.target.value);
        const next = event.target.value.replaceAll(/\s/g, "").replace(",", ".");
        onTyped(/^-?\d{1,15}(\.\d{1,2})?$/.test(next) ? next : "");
      }}
    />
  );
}

export type Choice = { readonly id: string; readonly value: string | boolean; readonly text: string };

/** What digits choose from. */
export function useChoices(field: ScriptField | undefined): readonly Choice[] {
  const { t, i18n } = useTranslation();
  const language = asLanguage(i18n.language);
  if (field === undefined) return [];
  if (field.kind === "yes_no") return [{ id: "yes", value: true, text: t("script.yes") }, { id: "no", value: false, text: t("script.no") }];
  return (field.options ?? []).map(({ id, text }) => ({ id, value: id, text: text?.[language] ?? id }));
}

/** The value after an option was chosen once more: several are switched, one is set. */
export function chosen(field: ScriptField, value: Value | undefined, choice: Choice): Value | undefined {
  if (field.kind !== "choices") return choice.value;
  const had = isSeveral(value) ? value : [];
  const next = had.includes(choice.id) ? had.filter((id) => id !== choice.id) : (field.options ?? []).map(({ id }) => id).filter((id) => id === choice.id || had.includes(id));
  return next.length === 0 ? undefined : next;
}

type OptionsProps = { field: ScriptField; value: Value | undefined; digits: boolean; label: string; help: string | undefined; error: string | null; onChange: Props["onChange"] };

function Options({ field, value, digits, label, help, error, onChange }: OptionsProps) {
  const choices = useChoices(field);
  const several = field.kind === "choices";
  return (
    <fieldset className="script-options" data-testid={`answer-${field.id}`}>
      <legend>{label}</legend>
      {help === undefined ? null : <p className="muted small">{help}</p>}
      <div className="options-list" data-many={choices.length > 4 || undefined}>
        {choices.map((choice, index) => {
          const on = several ? isSeveral(value) && value.includes(choice.id) : value === choice.value;
          const text = (
            <>
              {digits && index < 9 ? <Key of={String(index + 1)} /> : null}
              <span>{choice.text}</span>
            </>
          );
          return several ? (
            <label key={choice.id} className="option">
              <Checkbox checked={on} onChange={() => onChange(chosen(field, value, choice))} data-testid={`option-${choice.id}`} /> {text}
            </label>
          ) : (
            <label key={choice.id} className="option" data-on={on || undefined}>
              <input type="radio" name={`script-${field.id}`} checked={on} onChange={() => onChange(choice.value)} data-testid={`option-${choice.id}`} /> {text}
            </label>
          );
        })}
      </div>
      {error === null ? null : <p className="error-text">{error}</p>}
    </fieldset>
  );
}
