import { useEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ScriptDocument } from "@/api/types";
import { Button } from "@/components/Button";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { asLanguage } from "@/i18n";
import { AnswerField, chosen, useChoices } from "./AnswerField";
import { answered, answerTexts, fill, following, longestFrom, missingIn, standing, walk, wrongAnswer, type Answers } from "./walk";

type Props = {
  script: ScriptDocument;
  answers: Answers;
  /** Where the operator stands. */
  step: string;
  known: Readonly<Record<string, string>>;
  today: string;
  /** Keys act: digits choose, arrows go. */
  keys: boolean;
  onChange: (answers: Answers, step: string) => void;
  children?: ReactNode;
};

/** One step of a script: what to say, what to ask, and on. The operator's panel and the editor's preview are this. */
export function Walker({ script, answers, step, known, today, keys, onChange, children }: Props) {
  const { t, i18n } = useTranslation();
  const language = asLanguage(i18n.language);
  const way = walk(script, answers).steps;
  const at = standing(script, answers, step);
  const here = script.steps.find(({ id }) => id === at);
  const texts = { ...known, ...answerTexts(script, answers, language, { yes: t("script.yes"), no: t("script.no") }) };
  const fields = here?.fields ?? [];
  const missing = here === undefined ? [] : missingIn(here, answers);
  const wrong = fields.some((field) => wrongAnswer(field, answers[field.id], today) !== null);
  const next = here === undefined ? null : following(here, answers);
  const index = way.indexOf(at);
  const before = index > 0 ? way[index - 1] : undefined;
  const stuck = missing.length > 0 || wrong;
  // Digits are for the first choice without an answer, else the first one.
  const choosing = fields.filter(({ kind }) => kind === "choice" || kind === "choices" || kind === "yes_no");
  const active = choosing.find((field) => !answered(answers, field.id)) ?? choosing[0];
  const choices = useChoices(active);
  const body = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  const go = (to: string | null | undefined): void => {
    if (to == null) return;
    moved.current = true;
    onChange(answers, to);
  };
  const forward = (): void => {
    if (!stuck) go(next);
  };
  useEffect(() => {
    // The first field of a new step is typed into at once; a choice has its digits.
    if (!moved.current) return;
    moved.current = false;
    body.current?.scrollTo(0, 0);
    const first = body.current?.querySelector<HTMLElement>("textarea, input:not([type=radio], [type=checkbox])");
    if (first == null || choosing.length > 0) body.current?.focus();
    else first.focus();
  }, [at, choosing.length]);
  useHotkeys([
    ...choices.slice(0, 9).map((choice, place) => ({
      keys: `Digit${place + 1}`,
      when: keys && active !== undefined,
      run: () => {
        if (active === undefined) return;
        set(active.id, chosen(active, answers[active.id], choice));
      },
    })),
    { keys: "ArrowRight", when: keys, run: forward },
    { keys: "ArrowLeft", when: keys, run: () => go(before) },
  ]);
  const set = (field: string, value: Answers[string] | undefined): void => {
    const rest = Object.fromEntries(Object.entries(answers).filter(([name]) => name !== field));
    onChange(value === undefined ? rest : { ...rest, [field]: value }, at);
  };
  const onKey = (event: KeyboardEvent): void => {
    const { target } = event;
    if (event.key !== "Enter" || event.ctrlKey || event.shiftKey || !(target instanceof HTMLInputElement)) return;
    event.preventDefault();
    forward();
  };
  if (here === undefined) return null;
  const total = index + longestFrom(script, at);
  const title = here.title?.[language];
  return (
    <div className="walker" data-testid="walker" data-step={at}>
      <div className="walker-head">
        <h3 className="grow ellipsis">{title === undefined || title === "" ? t("script.step", { number: index + 1 }) : title}</h3>
        {children}
        <span className="muted num small" data-testid="script-progress">
          {index + 1} / {total}
        </span>
      </div>
      <div className="script-progress" role="progressbar" aria-label={t("script.progress")} aria-valuemin={0} aria-valuemax={total} aria-valuenow={index + 1}>
        <i style={{ width: `${((index + 1) / total) * 100}%` }} />
      </div>
      <div className="walker-body" ref={body} tabIndex={-1} onKeyDown={onKey}>
        <p className="script-text" data-testid="script-text">
          {fill(here.text?.[language] ?? "", texts)}
        </p>
        {fields.map((field) => (
          <AnswerField key={field.id} field={field} value={answers[field.id]} today={today} digits={keys && field === active} onChange={(value) => set(field.id, value)} />
        ))}
      </div>
      <div className="walker-foot">
        <Button size="xs" variant="default" disabled={before === undefined} onClick={() => go(before)} leftSection={keys ? <Key of="←" /> : null} data-testid="script-back">
          {t("script.back")}
        </Button>
        <span className="grow muted small" role="status">
          {missing.length > 0 ? t("script.missing") : next === null ? t("script.end") : ""}
        </span>
        {next === null ? null : (
          <Button size="xs" disabled={stuck} onClick={forward} rightSection={keys ? <Key of="→" /> : null} data-testid="script-next">
            {t("script.next")}
          </Button>
        )}
      </div>
    </div>
  );
}
