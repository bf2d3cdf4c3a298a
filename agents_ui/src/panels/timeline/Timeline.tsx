import { TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { ClientCard, TimelineEntry, TimelineKind } from "@/api/types";
import { Button } from "@/components/Button";
import { CallDetail, Outcome } from "@/components/History";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { Failed, Skeletons } from "@/components/Problem";
import { entriesOfCard, idOf, KINDS, momentOf, passes, timelineKey, useTimeline } from "@/data/timeline";
import { duration, useFormat } from "@/i18n/format";
import { EntryDetail } from "./EntryDetail";
import { useEntryWords, type EntryWords } from "./words";

const SETTLED_MS = 150;

type Props = { client: ClientCard; call: string | null; open?: string | null };

/** Everything with a client in one order. The filter acts at once on what is here; the server's answer, which looks
 * through all there is, follows. `call` is the one on the desk, `open` a call to show opened. */
export function Timeline({ client, call, open: opened = null }: Props) {
  const { t } = useTranslation();
  const words = useEntryWords();
  const [kind, setKind] = useState<TimelineKind | null>(null);
  const [text, setText] = useState("");
  const [open, setOpen] = useState<string | null>(opened === null ? null : `call ${opened}`);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const asked = useSettled(text);
  const timeline = useTimeline(client.id, kind, asked);
  useFreshWith(client);
  const next = (): void => {
    const at = kind === null ? -1 : KINDS.indexOf(kind);
    setKind(KINDS[at + 1] ?? null);
  };
  useHotkeys([
    { keys: "KeyL", run: () => input.current?.focus() },
    { keys: "Shift+KeyL", run: next },
  ]);
  const here = timeline.data?.pages.flatMap((page) => page.items) ?? (timeline.error === null ? entriesOfCard(client) : []);
  const settled = !timeline.isPlaceholderData && asked === text && timeline.data !== undefined;
  const shown = settled ? here : here.filter((entry) => passes(entry, kind, text, words.all(entry)));
  const filtered = kind !== null || text.trim() !== "";
  const clear = (): void => {
    setKind(null);
    setText("");
  };
  const onType = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") list.current?.querySelector<HTMLElement>("button")?.focus();
    else if (event.key === "Escape" && text !== "") setText("");
    else return;
    event.preventDefault();
  };
  return (
    <section className="block timeline" aria-label={t("timeline.title")} data-testid="timeline">
      <div className="timeline-head">
        <h3 className="visually-hidden">{t("timeline.title")}</h3>
        <div className="chips" role="group" aria-label={t("timeline.kinds")}>
          {[null, ...KINDS].map((one) => (
            <button key={one ?? "all"} type="button" className="chip" aria-pressed={kind === one} data-testid={`kind-${one ?? "all"}`} onClick={() => setKind(one)}>
              {t(`timeline.${one ?? "all"}`)}
            </button>
          ))}
        </div>
        <TextInput
          ref={input}
          size="xs"
          className="timeline-text"
          aria-label={t("timeline.filter")}
          placeholder={t("timeline.placeholder")}
          data-testid="timeline-text"
          autoComplete="off"
          maxLength={200}
          value={text}
          rightSection={<Key of="L" />}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onType}
        />
      </div>
      <div className="visually-hidden" role="status">
        {settled && filtered ? t("timeline.count", { count: shown.length }) : ""}
      </div>
      {timeline.error !== null ? (
        <Failed error={timeline.error} retry={() => void timeline.refetch()} />
      ) : shown.length === 0 ? (
        !settled ? (
          <Skeletons rows={3} />
        ) : (
          <p className="muted">
            {filtered ? t("timeline.nothing") : t("timeline.none")}{" "}
            {filtered ? (
              <button type="button" className="link-button" onClick={clear}>
                {t("timeline.clear")}
              </button>
            ) : null}
          </p>
        )
      ) : (
        <ul ref={list} onKeyDown={walk} data-testid="timeline-list" aria-busy={!settled}>
          {shown.map((entry) => {
            const id = idOf(entry);
            const toggle = (): void => setOpen(open === id ? null : id);
            return <Row key={id} entry={entry} words={words} open={open === id} call={call} onToggle={toggle} />;
          })}
        </ul>
      )}
      {settled && timeline.hasNextPage ? (
        <Button size="xs" variant="default" style={{ marginTop: 8 }} loading={timeline.isFetchingNextPage} onClick={() => void timeline.fetchNextPage()} data-testid="timeline-more">
          {t("timeline.more")}
        </Button>
      ) : null}
    </section>
  );
}

/** The text as it was when nothing was typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), text === "" ? 0 : SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** A card made anew tells that something changed with the client: the list is asked again. */
function useFreshWith(client: ClientCard): void {
  const queries = useQueryClient();
  const seen = useRef(client);
  useEffect(() => {
    if (seen.current === client) return;
    seen.current = client;
    void queries.invalidateQueries({ queryKey: timelineKey(client.id) });
  }, [client, queries]);
}

/** Arrows go from row to row. */
function walk(event: KeyboardEvent<HTMLUListElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(":scope > li > button")];
  const at = rows.findIndex((row) => row === document.activeElement);
  if (at === -1) return;
  event.preventDefault();
  rows[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
}

function Row({ entry, words, open, call, onToggle }: { entry: TimelineEntry; words: EntryWords; open: boolean; call: string | null; onToggle: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const interaction = entry.kind === "call" ? entry.interaction : null;
  const closed = entry.kind === "task" ? entry.done_at !== null : entry.kind === "deal" || entry.kind === "ticket" ? entry.closed_at !== null : false;
  const note = interaction?.note ?? "";
  return (
    <li>
      <button
        type="button"
        className="history-row entry"
        data-testid={interaction === null ? "timeline-row" : "history-row"}
        data-kind={entry.kind}
        data-closed={closed ? true : undefined}
        data-call={interaction?.call}
        data-outcome={interaction === null ? undefined : (interaction.outcome ?? "running")}
        data-disposition={interaction === null ? undefined : (interaction.disposition ?? "")}
        aria-expanded={open}
        onClick={onToggle}
      >
        <span className="muted nowrap">{format.when(momentOf(entry))}</span>
        <span className="kind">{t(`timeline.one.${entry.kind}`)}</span>
        <span className={entry.kind === "note" ? "clamp" : "ellipsis"}>{interaction !== null && (interaction.disposition ?? "") === "" ? <Outcome interaction={interaction} /> : words.title(entry)}</span>
        <span className="muted nowrap ellipsis end">{interaction === null ? words.end(entry) : [interaction.talked > 0 ? duration(interaction.talked) : "", interaction.agent_name ?? ""].filter((part) => part !== "").join(" · ")}</span>
        {note === "" ? null : <span className="note-line clamp">{note}</span>}
      </button>
      {!open ? null : interaction === null ? entry.kind === "call" ? null : <EntryDetail entry={entry} call={call} /> : <CallDetail call={interaction.call} />}
    </li>
  );
}
