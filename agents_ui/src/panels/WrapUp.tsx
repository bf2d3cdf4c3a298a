import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { serverNow, useSecond } from "@/api/clock";
import type { CallView, Disposition, Me } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { completeness, dispositionKeys, dispositionsOf, DispositionFields, useFieldRefs } from "@/components/DispositionFields";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { awaitInRecent, closeWrapUp, recentKey } from "@/data/calls";
import { dropDraft, readDraft, writeDraft } from "@/data/drafts";
import { forgetUnfinished, rememberUnfinished } from "@/data/unfinished";
import { duration } from "@/i18n/format";

type Props = { me: Me; call: CallView; name: string; wrapping: boolean; digits: boolean; until: number | null };

/** Seconds before the end at which a chosen disposition is sent by itself, so that it and the note are not lost. */
const SEND_BEFORE_S = 2;

/** The disposition and the note. Open from the first second of the talk, so that the wrap-up may be one key. */
export function WrapUp({ me, call, name, wrapping, digits, until }: Props) {
  const { t } = useTranslation();
  const names = useNames();
  const canAct = useCanAct();
  const action = useAction();
  const queries = useQueryClient();
  const { note, list } = useFieldRefs();
  const [draft, setDraft] = useState(() => readDraft(me.login, call.call));
  const change = (part: Partial<typeof draft>): void => {
    const next = { ...draft, ...part };
    setDraft(next);
    writeDraft(me.login, call.call, next);
  };
  const dispositions = dispositionsOf(names.site, call.queue);
  const { chosen, noteMissing, complete } = completeness(dispositions, draft);

  const finish = (): void => {
    if (chosen === undefined || !complete || !wrapping || !canAct || action.busy) return;
    // Before the request: the wrap-up's end may be pushed before its answer is here.
    forgetUnfinished(me.login, call.call);
    void action.run(() => closeWrapUp(call.call, chosen.code, draft.note)).then((good) => {
      if (!good) {
        rememberUnfinished(me.login, { call: call.call, who: name, queue: call.queue });
        return;
      }
      dropDraft(me.login, call.call);
      awaitInRecent(call.call, chosen.code);
      void queries.invalidateQueries({ queryKey: recentKey });
    });
  };
  const choose = (item: Disposition): void => {
    change({ disposition: item.code });
    if (wrapping) note.current?.focus();
  };
  useHotkeys([
    ...dispositionKeys(dispositions, digits, choose),
    { keys: "Ctrl+Enter", when: wrapping, run: finish },
    { keys: "KeyN", run: () => note.current?.focus() },
  ]);
  useEffect(() => {
    // Coming into wrap-up the next thing is the disposition, unless a note is being typed.
    if (wrapping && document.activeElement !== note.current) list.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  }, [wrapping, note, list]);
  const { queue } = call;
  useEffect(() => {
    // Kept until it is sent or the next call comes: the server takes it that long.
    if (wrapping) rememberUnfinished(me.login, { call: call.call, who: name, queue });
    else forgetUnfinished(me.login);
  }, [wrapping, me.login, call.call, name, queue]);

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
      </div>
      <div className="body">
        <DispositionFields dispositions={dispositions} draft={draft} digits={digits} rows={6} note={note} list={list} change={change} choose={choose} />
        {wrapping ? (
          <>
            <Button fullWidth size="md" onClick={finish} loading={action.busy} disabled={!complete || !canAct} rightSection={<Key of="Ctrl+Enter" />} data-testid="finish-wrapup">
              {t("wrapUp.finish")}
            </Button>
            <p className="muted" style={{ fontSize: 13 }} role="status">
              {chosen === undefined ? t("wrapUp.chooseFirst") : noteMissing ? t("wrapUp.noteFirst") : until === null ? "" : t("wrapUp.sendsItself")}
            </p>
          </>
        ) : (
          <p className="muted" style={{ fontSize: 13 }}>
            {t("wrapUp.saved")}
          </p>
        )}
        <ProblemText error={action.error} />
      </div>
    </section>
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
