import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/rest";
import { serverNow } from "@/api/clock";
import type { Disposition, Me } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { Button } from "@/components/Button";
import { dispositionKeys, DispositionFields, focusMissing, useFieldRefs, useTree } from "@/components/DispositionFields";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { awaitInRecent, closeWrapUp, recentKey } from "@/data/calls";
import { completeness, dispositionsOf, extras, isGroup } from "@/data/dispositions";
import { dropDraft } from "@/data/drafts";
import { useNote } from "@/data/note";
import { forgetUnfinished, useUnfinished, type UnfinishedCall } from "@/data/unfinished";

const FIRST = { note: "wrapUp.noteFirst", amount: "papers.amountFirst", callback: "papers.callbackFirst", answers: "papers.answersFirst" } as const;

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
  const refs = useFieldRefs();
  const note = useNote(me.login, item.call, true);
  const { draft, change } = note;
  const dispositions = dispositionsOf(site, item.queue);
  const tree = useTree(dispositions, draft.disposition);
  const { chosen, missing, complete } = completeness(dispositions, draft, serverNow());
  const gone = action.error instanceof ProblemError && (action.error.refusal === "too_late" || action.error.refusal === "unknown_call");
  const usable = complete && canAct && !action.busy && !gone;

  const choose = (disposition: Disposition): void => {
    if (isGroup(dispositions, disposition.code)) {
      tree.open(disposition.code);
      return;
    }
    change({ disposition: disposition.code });
    focusMissing(refs, completeness(dispositions, { ...draft, disposition: disposition.code }, serverNow()).missing);
  };
  const leave = (): void => {
    dropDraft(me.login, item.call);
    forgetUnfinished(me.login, item.call);
  };
  const send = (): void => {
    if (chosen === undefined || !usable) return;
    note.close();
    void action.run(() => closeWrapUp(item.call, chosen.code, draft.note, extras(chosen, draft))).then((good) => {
      if (!good) return;
      leave();
      awaitInRecent(item.call, chosen.code);
      void queries.invalidateQueries({ queryKey: recentKey });
    });
  };
  useHotkeys([
    ...dispositionKeys(tree, true, choose),
    { keys: "Ctrl+Enter", run: send },
    { keys: "KeyN", run: () => refs.note.current?.focus() },
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
        <DispositionFields dispositions={dispositions} number={item.number} tree={tree} draft={draft} missing={missing} digits rows={2} refs={refs} change={change} choose={choose} />
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
              {chosen === undefined ? t("wrapUp.chooseFirst") : missing[0] !== undefined ? t(FIRST[missing[0]]) : ""}
            </p>
          )}
        </div>
      </div>
    </section>
  );
}
