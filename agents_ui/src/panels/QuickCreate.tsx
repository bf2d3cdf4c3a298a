import { NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/rest";
import { serverNow } from "@/api/clock";
import type { ClientCard, Me } from "@/api/types";
import { useAction } from "@/components/action";
import { Button } from "@/components/Button";
import { Key } from "@/components/Key";
import { LongText } from "@/components/LongText";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { useSession } from "@/data/session";
import { createDeal, createNote, createTask, createTicket } from "@/data/timeline";
import { DEAL_STAGES, PRIORITIES, TICKET_KINDS } from "./timeline/choices";
import { localTime, zonedInstant } from "./routing/week";

export const CREATED = ["task", "ticket", "deal", "note"] as const;
export type Created = (typeof CREATED)[number];

type Props = { client: ClientCard; call: string | null; first: Created; onClose: () => void; onMade: (kind: Created, title: string) => void };

/** Small forms over the card. What is made is linked to the call on the desk. */
export default function QuickCreate({ client, call, first, onClose, onMade }: Props) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Created>(first);
  const { data: me } = useSession();
  const made = (title: string): void => onMade(kind, title);
  const common = { client, call, made };
  return (
    <Sheet title={t("create.title", { name: client.name })} onClose={onClose} place="top" testId="quick-create">
      <div
        // The keys of the desk behind the sheet (the disposition, the end of the wrap-up) must not act from here.
        onKeyDown={(event) => {
          if (event.key !== "Escape") event.stopPropagation();
        }}
      >
        <div className="chips" role="group" aria-label={t("create.what")}>
          {CREATED.map((one) => (
            <button key={one} type="button" className="chip" aria-pressed={kind === one} data-testid={`create-${one}`} onClick={() => setKind(one)}>
              {t(`create.${one}`)}
            </button>
          ))}
        </div>
        {kind === "task" ? <TaskForm {...common} me={me ?? null} /> : kind === "ticket" ? <TicketForm {...common} /> : kind === "deal" ? <DealForm {...common} /> : <NoteForm {...common} />}
      </div>
    </Sheet>
  );
}

type FormProps = { client: ClientCard; call: string | null; made: (title: string) => void };

function Form({ client, call, ready, title, send, made, children }: FormProps & { ready: boolean; title: string; send: () => Promise<unknown>; children: (bad: Bad) => ReactNode }) {
  const { t } = useTranslation();
  const action = useAction();
  const queries = useQueryClient();
  const submit = (): void => {
    if (!ready || action.busy) return;
    void action.run(async () => {
      await send();
      void queries.invalidateQueries({ queryKey: ["clients", client.id] });
      made(title);
    });
  };
  const fields = action.error instanceof ProblemError ? action.error.fields : null;
  const bad: Bad = (field) => {
    if (fields?.has(field) !== true) return null;
    return field === "title" || field === "text" || field === "amount" || field === "due_at" ? t(`create.bad.${field}`) : t("create.bad.other");
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          submit();
        }
      }}
    >
      <div className="form-grid">{children(bad)}</div>
      <div className="row create-foot">
        <Button type="submit" loading={action.busy} disabled={!ready} rightSection={<Key of="Ctrl+Enter" />} data-testid="create-save">
          {t("create.save")}
        </Button>
        <span className="muted">{call === null ? "" : t("create.linked")}</span>
        <ProblemText error={action.error} />
      </div>
    </form>
  );
}

type Bad = (field: string) => string | null;

function TitleField({ label, value, bad, onChange }: { label: string; value: string; bad: Bad; onChange: (value: string) => void }) {
  return <TextInput className="wide" label={label} data-testid="create-title" data-autofocus autoFocus required withAsterisk={false} maxLength={200} autoComplete="off" value={value} error={bad("title")} onChange={(event) => onChange(event.target.value)} />;
}

function TaskForm({ me, ...form }: FormProps & { me: Me | null }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState("");
  const [due, setDue] = useState<Due>({ choice: "dueTomorrow", own: "" });
  const [assignee, setAssignee] = useState("me");
  const instant = useInstant(due);
  const send = () => createTask(form.client.id, { title: title.trim(), due_at: instant ?? null, assignee: assignee === "me" && me !== null ? me.login : null, call: form.call });
  return (
    <Form {...form} title={title.trim()} ready={title.trim() !== "" && instant !== undefined} send={send}>
      {(bad) => (
        <>
          <TitleField label={t("create.taskTitle")} value={title} bad={bad} onChange={setTitle} />
          <DueField due={due} bad={bad} broken={instant === undefined} onChange={setDue} />
          <NativeSelect
            label={t("create.assignee")}
            data-testid="create-assignee"
            value={assignee}
            error={bad("assignee")}
            data={[
              { value: "me", label: t("create.me") },
              { value: "anyone", label: t("create.anyone") },
            ]}
            onChange={(event) => setAssignee(event.target.value)}
          />
        </>
      )}
    </Form>
  );
}

function TicketForm(form: FormProps) {
  const { t } = useTranslation();
  const [title, setTitle] = useState("");
  const [kind, setKind] = useState<(typeof TICKET_KINDS)[number]>("request");
  const [priority, setPriority] = useState<(typeof PRIORITIES)[number]>("normal");
  const [due, setDue] = useState<Due>({ choice: "dueNone", own: "" });
  const instant = useInstant(due);
  const send = () => createTicket(form.client.id, { title: title.trim(), kind, priority, status: "new", due_at: instant ?? null, call: form.call });
  return (
    <Form {...form} title={title.trim()} ready={title.trim() !== "" && instant !== undefined} send={send}>
      {(bad) => (
        <>
          <TitleField label={t("create.ticketTitle")} value={title} bad={bad} onChange={setTitle} />
          <NativeSelect label={t("create.kind")} data-testid="create-kind" value={kind} data={TICKET_KINDS.map((value) => ({ value, label: t(`ticketKind.${value}`) }))} onChange={(event) => setKind(TICKET_KINDS.find((one) => one === event.target.value) ?? "request")} />
          <NativeSelect label={t("create.priority")} data-testid="create-priority" value={priority} data={PRIORITIES.map((value) => ({ value, label: t(`ticketPriority.${value}`) }))} onChange={(event) => setPriority(PRIORITIES.find((one) => one === event.target.value) ?? "normal")} />
          <DueField due={due} bad={bad} broken={instant === undefined} onChange={setDue} />
        </>
      )}
    </Form>
  );
}

const CURRENCIES = ["RUB", "USD", "EUR", "BYN", "KZT", "UZS", "CNY"];

function DealForm(form: FormProps) {
  const { t } = useTranslation();
  const names = useNames();
  const usual = form.client.deals.find((deal) => deal.currency !== "")?.currency ?? (names.site?.region === "RU" ? "RUB" : "USD");
  const [title, setTitle] = useState("");
  const [amount, setAmount] = useState<number | string>("");
  const [currency, setCurrency] = useState(usual);
  const [stage, setStage] = useState<(typeof DEAL_STAGES)[number]>("new");
  const sum = amount === "" ? 0 : Number(amount);
  const send = () => createDeal(form.client.id, { title: title.trim(), amount: sum, currency, stage, call: form.call });
  return (
    <Form {...form} title={title.trim()} ready={title.trim() !== "" && Number.isFinite(sum) && sum >= 0} send={send}>
      {(bad) => (
        <>
          <TitleField label={t("create.dealTitle")} value={title} bad={bad} onChange={setTitle} />
          <NumberInput label={t("create.amount")} data-testid="create-amount" min={0} max={1e12} decimalScale={2} hideControls thousandSeparator=" " value={amount} error={bad("amount")} onChange={setAmount} />
          <NativeSelect label={t("create.currency")} value={currency} data={[...new Set([usual, ...CURRENCIES])]} error={bad("currency")} onChange={(event) => setCurrency(event.target.value)} />
          <NativeSelect label={t("create.stage")} data-testid="create-stage" value={stage} data={DEAL_STAGES.map((value) => ({ value, label: names.dealStage(value) }))} onChange={(event) => setStage(DEAL_STAGES.find((one) => one === event.target.value) ?? "new")} />
        </>
      )}
    </Form>
  );
}

function NoteForm(form: FormProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  return (
    <Form {...form} title="" ready={text.trim() !== ""} send={() => createNote(form.client.id, { text: text.trim(), call: form.call })}>
      {(bad) => <LongText className="wide" label={t("create.noteText")} data-testid="create-text" data-autofocus autoFocus rows={5} value={text} error={bad("text")} onText={setText} />}
    </Form>
  );
}

const DUES = ["dueNone", "dueHour", "dueToday", "dueTomorrow", "dueWeek", "dueOwn"] as const;
type Due = { readonly choice: (typeof DUES)[number]; readonly own: string };

function DueField({ due, bad, broken, onChange }: { due: Due; bad: Bad; broken: boolean; onChange: (due: Due) => void }) {
  const { t } = useTranslation();
  const { site } = useNames();
  const zone = site?.timezone ?? "UTC";
  const choose = (value: string): void => {
    const choice = DUES.find((one) => one === value) ?? "dueNone";
    onChange({ choice, own: choice === "dueOwn" && due.own === "" ? localTime(serverNow() + 86_400, zone) : due.own });
  };
  return (
    <>
      <NativeSelect label={t("create.due")} data-testid="create-due" value={due.choice} error={due.choice === "dueOwn" ? null : bad("due_at")} data={DUES.map((value) => ({ value, label: t(`create.${value}`) }))} onChange={(event) => choose(event.target.value)} />
      {due.choice === "dueOwn" ? (
        <TextInput type="datetime-local" label={t("create.dueAt", { zone })} value={due.own} error={broken ? t("create.bad.due_at") : bad("due_at")} onChange={(event) => onChange({ ...due, own: event.target.value })} data-testid="create-due-at" />
      ) : null}
    </>
  );
}

/** The moment that was chosen, on the site's clock; null for none, undefined for what is no time. */
function useInstant({ choice, own }: Due): number | null | undefined {
  const { site } = useNames();
  const zone = site?.timezone ?? "UTC";
  const at = (days: number, time: string): number | undefined => zonedInstant(`${localTime(serverNow() + days * 86_400, zone).slice(0, 10)}T${time}`, zone) ?? undefined;
  switch (choice) {
    case "dueNone":
      return null;
    case "dueHour":
      return Math.round(serverNow()) + 3600;
    case "dueToday":
      return at(0, "18:00");
    case "dueTomorrow":
      return at(1, "10:00");
    case "dueWeek":
      return at(7, "10:00");
    case "dueOwn":
      return zonedInstant(own, zone) ?? undefined;
  }
}
