import { TextInput } from "@mantine/core";
import { useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import type { Disposition } from "@/api/types";
import { serverNow } from "@/api/clock";
import { isGroup, wayTo, type Missing } from "@/data/dispositions";
import type { Draft } from "@/data/drafts";
import { localText, momentOf } from "@/data/localTime";
import { Button } from "./Button";
import { ClientTime } from "./ClientTime";
import { Icon } from "./Icon";
import { Key } from "./Key";
import { LongText } from "./LongText";
import { useNames } from "./names";

export type Tree = {
  readonly group: string | null;
  /** What is offered at this level. */
  readonly shown: readonly Disposition[];
  open: (group: string | null) => void;
  up: () => void;
};

/** Where in the tree the operator is; at first in the group of what was chosen before. */
export function useTree(dispositions: readonly Disposition[], chosen: string | null): Tree {
  const [group, setGroup] = useState(() => dispositions.find((item) => item.code === chosen)?.parent ?? null);
  const here = group !== null && isGroup(dispositions, group) ? group : null;
  return {
    group: here,
    shown: dispositions.filter((item) => item.parent === here),
    open: setGroup,
    up: () => setGroup(dispositions.find((item) => item.code === here)?.parent ?? null),
  };
}

type Refs = ReturnType<typeof useFieldRefs>;
type Props = {
  dispositions: readonly Disposition[];
  /** Who would be called back. */
  number: string;
  tree: Tree;
  draft: Draft;
  missing: readonly Missing[];
  digits: boolean;
  rows: number;
  refs: Refs;
  change: (part: Partial<Draft>) => void;
  choose: (item: Disposition) => void;
  /** Enter in a field finishes; a new line of the note is Shift+Enter then. */
  onEnter?: (() => void) | undefined;
};

/** How the call ended: one of the queue's dispositions, in groups, and what it asks for. Arrows move within a group. */
export function DispositionFields({ dispositions, number, tree, draft, missing, digits, rows, refs, change, choose, onEnter }: Props) {
  const { t } = useTranslation();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (onEnter === undefined || event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    onEnter();
  };
  const { list, amount, callback, note } = refs;
  const chosen = dispositions.find((item) => item.code === draft.disposition);
  return (
    <>
      {dispositions.length === 0 ? <p className="muted">{t("wrapUp.noDispositions")}</p> : <Level dispositions={dispositions} tree={tree} draft={draft} digits={digits} list={list} change={change} choose={choose} />}
      {chosen === undefined || chosen.amount === "no" ? null : (
        <TextInput
          ref={amount}
          data-testid="amount"
          inputMode="decimal"
          onKeyDown={onKeyDown}
          label={t(chosen.amount === "required" ? "papers.amountRequired" : "papers.amount")}
          value={draft.amount}
          maxLength={20}
          aria-required={chosen.amount === "required"}
          error={draft.amount !== "" && missing.includes("amount") ? t("papers.badAmount") : null}
          onChange={(event) => change({ amount: event.target.value })}
        />
      )}
      {chosen === undefined || chosen.callback === "no" ? null : <CallbackTime number={number} draft={draft} required={chosen.callback === "required"} bad={missing.includes("callback")} field={callback} change={change} />}
      <LongText
        ref={note}
        data-testid="note"
        name="note"
        onKeyDown={onKeyDown}
        label={chosen?.note_required === true ? t("wrapUp.noteRequired") : t("wrapUp.note")}
        placeholder={t("wrapUp.notePlaceholder")}
        rows={rows}
        value={draft.note}
        aria-required={chosen?.note_required === true}
        onText={(text) => change({ note: text })}
      />
    </>
  );
}

type LevelProps = Pick<Props, "dispositions" | "tree" | "draft" | "digits" | "change" | "choose"> & { list: RefObject<HTMLDivElement | null> };

function Level({ dispositions, tree, draft, digits, list, change, choose }: LevelProps) {
  const { t } = useTranslation();
  const names = useNames();
  const way = wayTo(dispositions, tree.group);
  const { shown } = tree;
  const inWay = new Set(wayTo(dispositions, draft.disposition).map(({ code }) => code));
  const focusable = shown.find((item) => inWay.has(item.code)) ?? shown[0];
  const move = (index: number): void => {
    const item = shown[(index + shown.length) % shown.length];
    if (item === undefined) return;
    if (!isGroup(dispositions, item.code)) change({ disposition: item.code });
    list.current?.querySelector<HTMLElement>(`[data-code="${CSS.escape(item.code)}"]`)?.focus();
  };
  return (
    <div className="column tree">
      {way.length === 0 ? null : (
        <button type="button" className="link-button tree-way" onClick={tree.up} data-testid="disposition-up">
          <Icon name="back" size={14} />
          <span className="ellipsis">{way.map(({ code }) => names.disposition(code)).join(" › ")}</span>
          <Key of="⌫" />
        </button>
      )}
      <div ref={list} role="radiogroup" aria-label={t("wrapUp.disposition")} className="dispositions">
        {shown.map((item, index) => {
          const group = isGroup(dispositions, item.code);
          return (
            <button
              key={item.code}
              type="button"
              role="radio"
              className="disposition"
              data-testid={`disposition-${item.code}`}
              data-code={item.code}
              data-group={group || undefined}
              aria-checked={inWay.has(item.code)}
              tabIndex={item === focusable ? 0 : -1}
              onClick={() => choose(item)}
              onKeyDown={(event) => {
                if (event.key === "ArrowDown" || event.key === "ArrowRight") move(index + 1);
                else if (event.key === "ArrowUp" || event.key === "ArrowLeft") move(index - 1);
                else return;
                event.preventDefault();
              }}
            >
              {digits && index < 9 ? <Key of={String(index + 1)} /> : null}
              <span className="grow">{names.disposition(item.code)}</span>
              {group ? (
                <span aria-hidden="true" className="muted">
                  ›
                </span>
              ) : null}
              {group ? <span className="visually-hidden">{t("papers.group")}</span> : null}
            </button>
          );
        })}
      </div>
    </div>
  );
}

const HOUR = 3600;

function CallbackTime({ number, draft, required, bad, field, change }: { number: string; draft: Draft; required: boolean; bad: boolean; field: RefObject<HTMLInputElement | null>; change: Props["change"] }) {
  const { t } = useTranslation();
  const { site } = useNames();
  const zone = site?.timezone ?? "UTC";
  const after = (seconds: number): void => change({ callbackAt: Math.ceil((serverNow() + seconds) / 300) * 300 });
  return (
    <div className="callback-time">
      <TextInput
        ref={field}
        type="datetime-local"
        data-testid="callback-at"
        label={t(required ? "papers.callbackRequired" : "papers.callback")}
        description={zone}
        value={draft.callbackAt === null ? "" : localText(draft.callbackAt, zone)}
        error={bad && draft.callbackAt !== null ? t("papers.callbackPast") : null}
        aria-required={required}
        onChange={(event) => change({ callbackAt: momentOf(event.target.value, zone) })}
      />
      <Button size="xs" variant="default" onClick={() => after(HOUR)} data-testid="callback-hour">
        {t("papers.inAnHour")}
      </Button>
      <Button size="xs" variant="default" onClick={() => after(24 * HOUR)} data-testid="callback-tomorrow">
        {t("papers.tomorrow")}
      </Button>
      <label className="row">
        <input type="checkbox" checked={draft.callbackMine} onChange={(event) => change({ callbackMine: event.target.checked })} data-testid="callback-mine" />
        {t("papers.callbackMine")}
      </label>
      {draft.callbackAt === null || number === "" ? null : <ClientTime number={number} at={draft.callbackAt} />}
    </div>
  );
}

export function useFieldRefs() {
  return { note: useRef<HTMLTextAreaElement>(null), list: useRef<HTMLDivElement>(null), amount: useRef<HTMLInputElement>(null), callback: useRef<HTMLInputElement>(null) };
}

/** To the first thing that the disposition still needs; whether there was one. */
export function focusMissing(refs: Refs, missing: readonly Missing[]): boolean {
  const field = missing.map((what) => (what === "note" ? refs.note : what === "amount" ? refs.amount : what === "callback" ? refs.callback : null)).find((one) => one !== null);
  // The field is there once the choice is painted.
  if (field !== undefined) setTimeout(() => field.current?.focus());
  return field !== undefined;
}

/** The keys of the tree: digits alone where they are free, with Alt always; Backspace to the group above. */
export function dispositionKeys(tree: Tree, digits: boolean, choose: (item: Disposition) => void) {
  return [
    ...tree.shown.slice(0, 9).flatMap((item, index) => [
      { keys: `Alt+Digit${index + 1}`, run: () => choose(item) },
      { keys: `Digit${index + 1}`, when: digits, run: () => choose(item) },
    ]),
    { keys: "Backspace", when: tree.group !== null && digits, run: tree.up },
  ];
}
