import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSecond } from "@/api/clock";
import type { ClientSummary, Me, MyDay } from "@/api/types";
import { Button } from "@/components/Button";
import { DialNumber, FreeText } from "@/components/DialNumber";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { useMyDay, useTick } from "@/data/day";
import { phoneNumber, useFormat } from "@/i18n/format";

const Figures = lazy(() => import("./Figures"));

type Item = { key: string; at: number | null; kind: "callback" | "task" | "message"; title: string; /** Of a callback. */ number: string | null; detail: string; task: number | null; done: boolean; client: number | null };
type Props = { me: Me; onClient: (client: Pick<ClientSummary, "id">) => void };

/** What is due today in one list by time: callbacks, and tasks of mine and of my queues. J and K walk it. */
export function Day({ me, onClient }: Props) {
  const { t } = useTranslation();
  const day = useMyDay();
  const tick = useTick();
  const list = useRef<HTMLUListElement>(null);
  const [figures, setFigures] = useState(false);
  const items = useItems(day.data, me.login);
  const walk = (step: number): void => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-item]") ?? [])];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[Math.max(0, Math.min(rows.length - 1, at === -1 ? 0 : at + step))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const focused = (): Item | undefined => {
    const key = document.activeElement?.closest<HTMLElement>("[data-item]")?.dataset.item;
    return items.find((item) => item.key === key);
  };
  const toggle = (item: Item | undefined): void => {
    if (item?.task != null) tick.mutate({ task: item.task, done: !item.done });
  };
  useHotkeys([
    { keys: "KeyJ", when: items.length > 0, run: () => walk(1) },
    { keys: "KeyK", when: items.length > 0, run: () => walk(-1) },
    { keys: "KeyX", when: items.length > 0, run: () => toggle(focused()) },
    { keys: "KeyF", run: () => setFigures(true) },
  ]);
  const calls = day.data?.calls.length ?? 0;
  return (
    <section className="panel day" data-testid="day" aria-label={t("day.title")}>
      <header>
        <h2>{t("day.title")}</h2>
        <span className="muted grow">{day.data === undefined ? "" : calls >= 50 ? t("day.more") : t("day.calls", { count: calls })}</span>
        <Button size="compact-sm" variant="default" onClick={() => setFigures(true)} rightSection={<Key of="F" />} data-testid="open-figures">
          {t("figures.open")}
        </Button>
      </header>
      <ProblemText error={tick.error} />
      {day.error !== null && day.data === undefined ? (
        <Failed error={day.error} retry={() => void day.refetch()} />
      ) : day.data === undefined ? (
        <Skeletons rows={2} />
      ) : items.length === 0 ? (
        <p className="empty">{t("day.none")}</p>
      ) : (
        <ul ref={list} className="scroll">
          {items.map((item) => (
            <DayRow key={item.key} item={item} busy={tick.isPending} onTick={() => toggle(item)} onClient={onClient} />
          ))}
        </ul>
      )}
      {figures ? (
        <Suspense fallback={null}>
          <Figures onClose={() => setFigures(false)} />
        </Suspense>
      ) : null}
    </section>
  );
}

function useItems(day: MyDay | undefined, me: string): readonly Item[] {
  const { t } = useTranslation();
  const names = useNames();
  return useMemo(() => {
    const items: Item[] = [];
    for (const one of day?.callbacks ?? []) {
      const mine = one.agent === me ? t("day.mine") : t("day.queue", { queue: names.queue(one.queue) });
      items.push({ key: `callback-${one.callback}`, at: one.next_at, kind: "callback", title: phoneNumber(one.number), number: one.number, detail: one.state === "dialling" ? t("day.dialling") : mine, task: null, done: false, client: null });
    }
    for (const one of day?.tasks ?? []) {
      const whose = one.assignee === "" && one.queue !== null ? t("day.queue", { queue: names.queue(one.queue) }) : "";
      items.push({ key: `task-${one.id}`, at: one.due_at, kind: one.message ? "message" : "task", title: one.title, number: null, detail: [one.client_name, whose].filter((part) => part !== "").join(", "), task: one.id, done: one.done_at !== null, client: one.client });
    }
    return items.sort((a, b) => (a.at ?? 0) - (b.at ?? 0) || (a.key < b.key ? -1 : 1));
  }, [day, me, names, t]);
}

function DayRow({ item, busy, onTick, onClient }: { item: Item; busy: boolean; onTick: () => void; onClient: Props["onClient"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useSecond();
  const late = item.at !== null && item.at < now && !item.done;
  return (
    <li className="day-row" data-item={item.key} data-kind={item.kind} data-done={item.done} tabIndex={-1} data-testid="day-item">
      <span className={`num nowrap ${late && item.kind !== "callback" ? "hot" : "muted"}`}>
        {item.at === null ? "" : format.when(item.at)}
        {late && item.kind !== "callback" ? <span className="visually-hidden"> ({t("day.overdue")})</span> : null}
      </span>
      <span className="chip">{t(`day.${item.kind}`)}</span>
      <span className="grow ellipsis title">{item.number === null ? <FreeText text={item.title} /> : <DialNumber number={item.number} />}</span>
      <span className="muted ellipsis">{item.detail}</span>
      {item.client === null ? null : (
        <Button size="compact-sm" variant="default" onClick={() => onClient({ id: item.client ?? 0 })} data-testid="day-open">
          {t("day.open")}
        </Button>
      )}
      {item.task === null ? null : (
        <Button size="compact-sm" variant="default" disabled={busy} onClick={onTick} data-testid="day-done" aria-label={item.done ? `${t("day.undo")}: ${item.title}` : t("day.ticked", { title: item.title })}>
          {item.done ? t("day.undo") : t("day.done")}
        </Button>
      )}
    </li>
  );
}
