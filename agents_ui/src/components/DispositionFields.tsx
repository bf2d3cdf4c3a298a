import { Textarea } from "@mantine/core";
import { useRef, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import type { Disposition } from "@/api/types";
import type { Draft } from "@/data/drafts";
import { Key } from "./Key";
import { useNames, type Names } from "./names";

export type Completeness = { readonly chosen: Disposition | undefined; readonly noteMissing: boolean; readonly complete: boolean };

export function dispositionsOf(site: Names["site"], queue: string | null): readonly Disposition[] {
  return (site?.dispositions ?? []).filter((item) => item.queues.length === 0 || queue === null || item.queues.includes(queue));
}

export function completeness(dispositions: readonly Disposition[], draft: Draft): Completeness {
  const chosen = dispositions.find((item) => item.code === draft.disposition);
  const noteMissing = chosen?.note_required === true && draft.note.trim() === "";
  return { chosen, noteMissing, complete: chosen !== undefined && !noteMissing };
}

type Props = {
  dispositions: readonly Disposition[];
  draft: Draft;
  digits: boolean;
  rows: number;
  note: RefObject<HTMLTextAreaElement | null>;
  list: RefObject<HTMLDivElement | null>;
  change: (part: Partial<Draft>) => void;
  choose: (item: Disposition) => void;
};

/** How the call ended: one of the queue's dispositions and a note. Arrows move between dispositions. */
export function DispositionFields({ dispositions, draft, digits, rows, note, list, change, choose }: Props) {
  const { t } = useTranslation();
  const names = useNames();
  const chosen = dispositions.find((item) => item.code === draft.disposition);
  const move = (index: number): void => {
    const item = dispositions[(index + dispositions.length) % dispositions.length];
    if (item === undefined) return;
    change({ disposition: item.code });
    list.current?.querySelector<HTMLElement>(`[data-code="${CSS.escape(item.code)}"]`)?.focus();
  };
  return (
    <>
      {dispositions.length === 0 ? (
        <p className="muted">{t("wrapUp.noDispositions")}</p>
      ) : (
        <div ref={list} role="radiogroup" aria-label={t("wrapUp.disposition")} className="dispositions">
          {dispositions.map((item, index) => (
            <button
              key={item.code}
              type="button"
              role="radio"
              className="disposition"
              data-testid={`disposition-${item.code}`}
              data-code={item.code}
              aria-checked={chosen === item}
              tabIndex={chosen === item || (chosen === undefined && index === 0) ? 0 : -1}
              onClick={() => choose(item)}
              onKeyDown={(event) => {
                if (event.key === "ArrowDown" || event.key === "ArrowRight") move(index + 1);
                else if (event.key === "ArrowUp" || event.key === "ArrowLeft") move(index - 1);
                else return;
                event.preventDefault();
              }}
            >
              {digits && index < 9 ? <Key of={String(index + 1)} /> : null}
              <span>{names.disposition(item.code)}</span>
            </button>
          ))}
        </div>
      )}
      <Textarea
        ref={note}
        data-testid="note"
        name="note"
        label={chosen?.note_required === true ? t("wrapUp.noteRequired") : t("wrapUp.note")}
        placeholder={t("wrapUp.notePlaceholder")}
        rows={rows}
        maxLength={4000}
        value={draft.note}
        aria-required={chosen?.note_required === true}
        onChange={(event) => change({ note: event.target.value })}
      />
    </>
  );
}

export function useFieldRefs() {
  return { note: useRef<HTMLTextAreaElement>(null), list: useRef<HTMLDivElement>(null) };
}

/** The keys that choose a disposition: by digit alone where that is free, with Alt always. */
export function dispositionKeys(dispositions: readonly Disposition[], digits: boolean, choose: (item: Disposition) => void) {
  return dispositions.slice(0, 9).flatMap((item, index) => [
    { keys: `Alt+Digit${index + 1}`, run: () => choose(item) },
    { keys: `Digit${index + 1}`, when: digits, run: () => choose(item) },
  ]);
}
