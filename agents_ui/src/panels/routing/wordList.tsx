// What the editors of the site's words share: each change is one of the whole list, on top of the version that was
// read, and checked by the server as a whole.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/rest";
import { ProblemText } from "@/components/Problem";
import { changedTo } from "@/data/autosave";
import { useChange } from "@/data/plan";

export type WordProblem = { readonly field: string; readonly text: string };

/** What the server says of single words, in the reader's language. */
export function useWordProblems(error: unknown): readonly WordProblem[] {
  const { t, i18n } = useTranslation("scripts");
  if (!(error instanceof ProblemError) || error.status !== 422) return [];
  // A code of a newer server is none of the keys known here: its own message is shown.
  const say = t as unknown as (key: string) => string;
  return error.errors.map(({ field, code, message }) => ({ field, text: i18n.exists(`scripts:outcomes.problem.${code}`) ? say(`outcomes.problem.${code}`) : message }));
}

type Form<Word> = { base: number; items: readonly Word[] };

/** Saves the list of a form that was opened on `version`. When another was quicker, `changed` is the version of theirs,
 * and `goOn` has the next save be made on top of that. */
export function useSaveWords<Word>(put: (form: Form<Word>) => Promise<unknown>, version: number) {
  const [base, setBase] = useState(version);
  const save = useChange(put);
  const changed = changedTo(save.error);
  return {
    error: save.error,
    isPending: save.isPending,
    changed,
    save: (items: readonly Word[], onSuccess?: () => void) => save.mutate({ base, items }, onSuccess === undefined ? {} : { onSuccess }),
    goOn: () => {
      if (changed !== null) setBase(changed);
      save.reset();
    },
  };
}

/** Why a form was not saved; `goOn` keeps what is typed in it. */
export function NotSaved({ error, changed, goOn, problems }: { error: unknown; changed: number | null; goOn: () => void; problems: readonly WordProblem[] }) {
  const { t } = useTranslation("scripts");
  return (
    <div className="grow">
      {changed === null ? (
        <ProblemText error={error} />
      ) : (
        <p className="error-text" role="alert" data-testid="changed-meanwhile">
          {t("outcomes.changed")}{" "}
          <button type="button" className="link-button" onClick={goOn}>
            {t("goOn")}
          </button>
        </p>
      )}
      {problems.map(({ field, text }) => (
        <p key={field} className="error-text" data-testid="problem-elsewhere">
          {text}
        </p>
      ))}
    </div>
  );
}

/** The list with one word changed, or added where it is not (any more). */
export function withWord<Word extends { code: string }>(all: readonly Word[], known: Word | null, made: Word): readonly Word[] {
  return known !== null && all.some(({ code }) => code === known.code) ? all.map((item) => (item.code === known.code ? made : item)) : [...all, made];
}

type MoveProps = { name: string; first: boolean; last: boolean; busy: boolean; onMove: (by: 1 | -1) => void };

export function MoveButtons({ name, first, last, busy, onMove }: MoveProps) {
  const { t } = useTranslation("scripts");
  return (
    <>
      <button type="button" className="icon-button small" disabled={busy || first} aria-label={t("outcomes.up", { name })} onClick={() => onMove(-1)} data-testid="outcome-up">
        <span aria-hidden="true">↑</span>
      </button>
      <button type="button" className="icon-button small" disabled={busy || last} aria-label={t("outcomes.down", { name })} onClick={() => onMove(1)} data-testid="outcome-down">
        <span aria-hidden="true">↓</span>
      </button>
    </>
  );
}

/** Two words of a list have changed places. */
export function swapped<Word>(all: readonly Word[], one: Word, other: Word): readonly Word[] {
  return all.map((item) => (item === one ? other : item === other ? one : item));
}
