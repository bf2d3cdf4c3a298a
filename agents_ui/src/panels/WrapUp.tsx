import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { serverNow, useSecond } from "@/api/clock";
import type { CallView, Disposition, Me } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { Button } from "@/components/Button";
import { FreeText } from "@/components/DialNumber";
import { dispositionKeys, DispositionFields, focusMissing, useFieldRefs, useTree } from "@/components/DispositionFields";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { awaitInRecent, closeWrapUp, extendWrapUp, recentKey, useNextCalls } from "@/data/calls";
import { completeness, dispositionsOf, extras, isGroup, type Missing } from "@/data/dispositions";
import { dropDraft, isEmpty } from "@/data/drafts";
import { useNote, type Note } from "@/data/note";
import { forgetUnfinished, rememberUnfinished } from "@/data/unfinished";
import { duration, useFormat } from "@/i18n/format";

type Props = { me: Me; call: CallView; name: string; talking: boolean; wrapping: boolean; ahead: boolean; digits: boolean; until: number | null; unanswered: ReadonlySet<string>; /** A script stands above it. */ scripted: boolean };

/** Seconds before the end at which a chosen disposition is sent by itself, so that it and the note are not lost. */
const SEND_BEFORE_S = 2;
const EXTEND_S = 30;
const FIRST = { note: "wrapUp.noteFirst", amount: "papers.amountFirst", callback: "papers.callbackFirst", answers: "papers.answersFirst" } as const satisfies Record<Missing, string>;

/** The disposition and the note. Open from the first second of the talk, so that the wrap-up may be one key. */
export function WrapUp({ me, call, name, talking, wrapping, ahead, digits, until, unanswered, scripted }: Props) {
  const { t } = useTranslation();
  const names = useNames();
  const canAct = useCanAct();
  const action = useAction();
  const queries = useQueryClient();
  const refs = useFieldRefs();
  const note = useNote(me.login, call.call, talking || wrapping, ahead);
  const { draft, change } = note;
  const dispositions = dispositionsOf(names.site, call.queue);
  const tree = useTree(dispositions, draft.disposition);
  const { chosen, missing, complete } = completeness(dispositions, draft, serverNow(), unanswered);

  const finish = (): void => {
    if (chosen === undefined || !complete || !wrapping || !canAct || action.busy) return;
    // Before the request: the wrap-up's end may be pushed before its answer is here.
    forgetUnfinished(me.login, call.call);
    note.close();
    void action.run(() => closeWrapUp(call.call, chosen.code, draft.note, extras(chosen, draft))).then((good) => {
      if (!good) {
        rememberUnfinished(me.login, { call: call.call, who: name, number: call.number, queue: call.queue });
        return;
      }
      dropDraft(me.login, call.call);
      awaitInRecent(call.call, chosen.code);
      void queries.invalidateQueries({ queryKey: recentKey });
    });
  };
  const choose = (item: Disposition): void => {
    if (isGroup(dispositions, item.code)) {
      tree.open(item.code);
      focusList();
      return;
    }
    change({ disposition: item.code });
    if (!wrapping) return;
    const needs = completeness(dispositions, { ...draft, disposition: item.code }, serverNow(), unanswered);
    // Enter in any field finishes what is complete.
    if (!focusMissing(refs, needs.missing)) refs.note.current?.focus();
  };
  const focusList = (): void => {
    setTimeout(() => refs.list.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus());
  };
  const longest = names.site?.queues.find((queue) => queue.id === call.queue)?.wrap_up_longest ?? 0;
  const extendable = wrapping && longest > 0 && canAct;
  const extend = (): void => void action.run(() => extendWrapUp(call.call, EXTEND_S));
  useHotkeys([
    ...dispositionKeys(tree, digits, choose),
    { keys: "Ctrl+Enter", when: wrapping, run: finish },
    { keys: "Enter", when: wrapping && complete, run: finish },
    { keys: "KeyE", when: extendable, run: extend },
    { keys: "KeyN", run: () => refs.note.current?.focus() },
  ]);
  const { list, note: noteField } = refs;
  useEffect(() => {
    // Coming into wrap-up the next thing is the disposition, unless a note is being typed.
    if (wrapping && document.activeElement !== noteField.current) list.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  }, [wrapping, noteField, list]);
  const { number, queue } = call;
  useEffect(() => {
    // Kept until it is sent or the next call comes: the server takes it that long.
    if (wrapping) rememberUnfinished(me.login, { call: call.call, who: name, number, queue });
    else forgetUnfinished(me.login);
  }, [wrapping, me.login, call.call, name, number, queue]);

  // The server ends a wrap-up by itself; what was chosen and typed goes with it.
  const finishLatest = useRef(finish);
  useEffect(() => {
    finishLatest.current = finish;
  });
  const armed = wrapping && complete && until !== null;
  useEffect(() => {
    if (!armed) return;
    const timer = setTimeout(() => finishLatest.current(), Math.max(0, (until - SEND_BEFORE_S - serverNow()) * 1000));
    return () => clearTimeout(timer);
  }, [armed, until]);

  return (
    <section className="panel wrap" data-testid={wrapping ? "wrapup-panel" : "wrapup-draft"} aria-label={t("wrapUp.title")}>
      <div className="panel-head">
        <h2 className="grow">{wrapping ? t("wrapUp.title") : t("wrapUp.prepare")}</h2>
        {wrapping && until !== null ? <Left until={until} since={call.ended_at ?? until - 60} /> : null}
        {extendable ? (
          <button type="button" className="chip-button" onClick={extend} disabled={action.busy} title={t("papers.extendTitle")} data-testid="extend-wrapup">
            {t("papers.extend")} <Key of="E" />
          </button>
        ) : null}
      </div>
      <div className="body">
        <Earlier notes={note.earlier} />
        <DispositionFields dispositions={dispositions} number={call.number} tree={tree} draft={draft} missing={missing} digits={digits} rows={wrapping ? 4 : scripted ? 2 : 6} refs={refs} change={change} choose={choose} onEnter={wrapping ? finish : undefined} />
        <Saved state={note.state} empty={isEmpty(draft)} />
        {wrapping ? (
          <>
            <Button fullWidth size="md" onClick={finish} loading={action.busy} disabled={!complete || !canAct} rightSection={<Key of="Ctrl+Enter" />} data-testid="finish-wrapup">
              {t("wrapUp.finish")}
            </Button>
            <p className="muted small" role="status">
              {chosen === undefined ? t("wrapUp.chooseFirst") : missing[0] !== undefined ? t(FIRST[missing[0]]) : until === null ? "" : t("wrapUp.sendsItself")}
            </p>
            <NextCalls agent={me.login} queues={names.site?.queues.some((one) => one.preview_next !== "no") === true} />
          </>
        ) : null}
        <ProblemText error={action.error} />
      </div>
    </section>
  );
}

/** What the operators before noted, when the call came by a transfer. */
function Earlier({ notes }: { notes: Note["earlier"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (notes.length === 0) return null;
  return (
    <div className="earlier" data-testid="earlier-notes">
      <h3>{t("papers.earlier")}</h3>
      {notes.map((note) => (
        <p key={note.agent}>
          <span className="muted">
            {note.agent_name}, {format.time(note.at)}:
          </span>{" "}
          <FreeText text={note.text} />
        </p>
      ))}
    </div>
  );
}

/** Whether what was filled in is on the server; nothing is said of an `empty` form. */
export function Saved({ state, empty = false }: { state: Note["state"]; empty?: boolean }) {
  const { t } = useTranslation();
  return (
    <p className="muted small saved" role="status" data-testid="note-state" data-state={state}>
      {empty && state === "saved" ? "" : t(`papers.${state}`)}
    </p>
  );
}

function NextCalls({ agent, queues }: { agent: string; queues: boolean }) {
  const { t } = useTranslation();
  const names = useNames();
  const now = useSecond();
  const next = useNextCalls(agent, queues);
  const items = next.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <div className="next-calls" data-testid="next-calls">
      <h3>{t("papers.next")}</h3>
      <dl>
        {items.map((item) => (
          <div key={item.queue}>
            <dt>{names.queue(item.queue)}</dt>
            <dd>
              {item.waiting === 0 ? <span className="muted">{t("papers.nobodyWaits")}</span> : t("papers.waits", { count: item.waiting })}
              {item.since === null || item.waiting === 0 ? null : <span className="num"> · {duration(now - item.since)}</span>}
              {item.value === null ? null : <span className="chip after">{item.value}</span>}
              {item.client === null ? null : <span> {item.client}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Left({ until, since }: { until: number; since: number }) {
  const { t } = useTranslation();
  const now = useSecond();
  const left = Math.max(0, until - now);
  const share = Math.min(1, left / Math.max(1, until - since));
  return (
    <span className="row" data-testid="wrapup-left">
      <span className="countdown" style={{ width: 70 }} aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <span className="num muted" role="timer" aria-live="off" aria-label={t("wrapUp.left")}>
        {duration(left)}
      </span>
    </span>
  );
}
