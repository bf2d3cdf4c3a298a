import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/rest";
import type { Disposition, Me } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { completeness, dispositionKeys, dispositionsOf, DispositionFields, useFieldRefs } from "@/components/DispositionFields";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { awaitInRecent, closeWrapUp, recentKey } from "@/data/calls";
import { dropDraft, readDraft, writeDraft, type Draft } from "@/data/drafts";
import { forgetUnfinished, useUnfinished, type UnfinishedCall } from "@/data/unfinished";

/** What the operator had typed about a call whose wrap-up ran out; sent late, until the next offer. */
export function Unfinished({ me }: { me: Me }) {
  const item = useUnfinished(me.login);
  return item === null ? null : <Panel key={item.call} me={me} item={item} />;
}

function Panel({ me, item }: { me: Me; item: UnfinishedCall }) {
  const { t } = useTranslation();
  const { site } = useNames();
  const canAct = useCanAct();
  const action = useAction();
  const queries = useQueryClient();
  const { note, list } = useFieldRefs();
  const [draft, setDraft] = useState(() => readDraft(me.login, item.call));
  const dispositions = dispositionsOf(site, item.queue);
  const { chosen, noteMissing, complete } = completeness(dispositions, draft);
  const gone = action.error instanceof ProblemError && (action.error.refusal === "too_late" || action.error.refusal === "unknown_call");
  const usable = complete && canAct && !action.busy && !gone;

  const change = (part: Partial<Draft>): void => {
    const next = { ...draft, ...part };
    setDraft(next);
    writeDraft(me.login, item.call, next);
  };
  const choose = (disposition: Disposition): void => {
    change({ disposition: disposition.code });
    note.current?.focus();
  };
  const leave = (): void => {
    dropDraft(me.login, item.call);
    forgetUnfinished(me.login, item.call);
  };
  const send = (): void => {
    if (chosen === undefined || !usable) return;
    void action.run(() => closeWrapUp(item.call, chosen.code, draft.note)).then((good) => {
      if (!good) return;
      leave();
      awaitInRecent(item.call, chosen.code);
      void queries.invalidateQueries({ queryKey: recentKey });
    });
  };
  useHotkeys([
    ...dispositionKeys(dispositions, true, choose),
    { keys: "Ctrl+Enter", run: send },
    { keys: "KeyN", run: () => note.current?.focus() },
  ]);
  return (
    <section className="panel unfinished" data-testid="unfinished" data-call={item.call} aria-label={t("unfinished.title", { who: item.who })}>
      <div className="panel-head">
        <h2>{t("unfinished.title", { who: item.who })}</h2>
        <p className="muted grow ellipsis">{t("unfinished.hint")}</p>
        <button type="button" className="link-button nowrap" onClick={leave} data-testid="leave-unfinished">
          {t("unfinished.leave")}
        </button>
      </div>
      <div className="body">
        <DispositionFields dispositions={dispositions} draft={draft} digits rows={2} note={note} list={list} change={change} choose={choose} />
        <div className="column send">
          <Button onClick={send} loading={action.busy} disabled={!usable} rightSection={<Key of="Ctrl+Enter" />} data-testid="send-unfinished">
            {t("unfinished.send")}
          </Button>
          {gone ? (
            <p className="error-text" role="alert">
              {t("unfinished.gone")}
            </p>
          ) : action.error !== null ? (
            <ProblemText error={action.error} />
          ) : (
            <p className="muted" role="status">
              {chosen === undefined ? t("wrapUp.chooseFirst") : noteMissing ? t("wrapUp.noteFirst") : ""}
            </p>
          )}
        </div>
      </div>
    </section>
  );
}
