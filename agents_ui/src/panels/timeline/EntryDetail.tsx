import { NativeSelect } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TimelineEntry } from "@/api/types";
import { useAction } from "@/components/action";
import { Button } from "@/components/Button";
import { FreeText } from "@/components/DialNumber";
import { LongText } from "@/components/LongText";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { useSession } from "@/data/session";
import { changeDeal, changeNote, changeTask, changeTicket } from "@/data/timeline";
import { useFormat } from "@/i18n/format";
import { DEAL_STAGES, TICKET_STATUSES } from "./choices";
import { useEntryWords } from "./words";

type Thing = Exclude<TimelineEntry, { kind: "call" }>;

/** One thing opened: who made it and when, and what can be done with it. `call` is the one on the desk. */
export function EntryDetail({ entry, call }: { entry: Thing; call: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useEntryWords();
  const made = entry.by === "" ? t("timeline.madeOnly", { time: format.when(entry.created_at) }) : t("timeline.made", { time: format.when(entry.created_at), who: words.who(entry.by) });
  const facts = [made, entry.call === null ? "" : entry.call === call ? t("timeline.inCall") : t("timeline.inACall")];
  if (entry.kind === "note" && entry.updated_at !== entry.created_at) facts.push(t("timeline.changed", { time: format.when(entry.updated_at) }));
  if (entry.kind === "task") facts.push(entry.assignee === null ? "" : t("timeline.forWhom", { who: words.who(entry.assignee) }));
  if ((entry.kind === "task" || entry.kind === "ticket") && entry.due_at !== null) facts.push(t("timeline.due", { time: format.when(entry.due_at) }));
  if ((entry.kind === "deal" || entry.kind === "ticket") && entry.closed_at !== null) facts.push(t("timeline.closed", { time: format.when(entry.closed_at) }));
  return (
    <div className="detail" data-testid="entry-detail">
      {entry.kind === "note" ? <NoteText entry={entry} /> : (
        <p className="whole">
          <FreeText text={entry.title} />
        </p>
      )}
      <p className="muted">{facts.filter((text) => text !== "").join(" · ")}</p>
      {entry.kind === "note" ? null : <EntryActions entry={entry} />}
    </div>
  );
}

/** What is done with a deal, ticket or task most: its stage, its state, its tick. */
export function EntryActions({ entry }: { entry: Actionable }) {
  const { t } = useTranslation();
  const names = useNames();
  const action = useAction();
  const queries = useQueryClient();
  const change = (work: () => Promise<unknown>): void => {
    void action.run(async () => {
      await work();
      await queries.invalidateQueries({ queryKey: ["clients", entry.client] });
    });
  };
  return (
    <div className="row entry-actions">
      {entry.kind === "task" ? (
        <Button size="compact-sm" variant="default" loading={action.busy} data-testid="task-done" onClick={() => change(() => changeTask(entry.client, entry.id, { done: entry.done_at === null }))}>
          {entry.done_at === null ? t("item.markDone") : t("item.reopen")}
        </Button>
      ) : entry.kind === "deal" ? (
        <NativeSelect
          size="xs"
          aria-label={t("item.stage")}
          data-testid="deal-stage"
          disabled={action.busy}
          value={entry.stage}
          data={withOwn(DEAL_STAGES, entry.stage).map((value) => ({ value, label: names.dealStage(value) }))}
          onChange={(event) => {
            const stage = DEAL_STAGES.find((one) => one === event.target.value);
            if (stage !== undefined) change(() => changeDeal(entry.client, entry.id, { stage }));
          }}
        />
      ) : (
        <NativeSelect
          size="xs"
          aria-label={t("item.status")}
          data-testid="ticket-status"
          disabled={action.busy}
          value={entry.status}
          data={withOwn(TICKET_STATUSES, entry.status).map((value) => ({ value, label: names.ticketStatus(value) }))}
          onChange={(event) => {
            const status = TICKET_STATUSES.find((one) => one === event.target.value);
            if (status !== undefined) change(() => changeTicket(entry.client, entry.id, { status }));
          }}
        />
      )}
      <ProblemText error={action.error} />
    </div>
  );
}

export type Actionable =
  | { readonly kind: "task"; readonly client: number; readonly id: number; readonly done_at: number | null }
  | { readonly kind: "deal"; readonly client: number; readonly id: number; readonly stage: string }
  | { readonly kind: "ticket"; readonly client: number; readonly id: number; readonly status: string };

/** Ours, and the present one when it was brought in from elsewhere. */
function withOwn(ours: readonly string[], own: string): readonly string[] {
  return ours.includes(own) ? ours : [own, ...ours];
}

function NoteText({ entry }: { entry: Extract<TimelineEntry, { kind: "note" }> }) {
  const { t } = useTranslation();
  const { data: me } = useSession();
  const action = useAction();
  const queries = useQueryClient();
  const [text, setText] = useState<string | null>(null);
  const mine = me != null && (me.login === entry.by || me.role === "supervisor" || me.role === "administrator");
  if (text === null) {
    return (
      <>
        <p className="whole" data-testid="note-text">
          <FreeText text={entry.text} />
        </p>
        {mine ? (
          <button type="button" className="link-button" data-testid="edit-note" onClick={() => setText(entry.text)}>
            {t("item.edit")}
          </button>
        ) : null}
      </>
    );
  }
  const save = (): void => {
    void action
      .run(async () => {
        await changeNote(entry.client, entry.id, text);
        await queries.invalidateQueries({ queryKey: ["clients", entry.client] });
      })
      .then((good) => (good ? setText(null) : undefined));
  };
  return (
    <>
      <LongText aria-label={t("create.noteText")} data-testid="note-edit" autosize minRows={2} maxRows={8} value={text} onText={setText} autoFocus />
      <div className="row entry-actions">
        <Button size="compact-sm" loading={action.busy} disabled={text.trim() === ""} onClick={save} data-testid="save-note">
          {t("item.save")}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => setText(null)}>
          {t("item.cancel")}
        </Button>
      </div>
      <ProblemText error={action.error} />
    </>
  );
}
