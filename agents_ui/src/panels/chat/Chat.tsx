import { Textarea, TextInput } from "@mantine/core";
import { useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCollection, useEntity, useStatus } from "@/api/collection";
import type { AgentState, ChatMessage, ColleagueView, Me } from "@/api/types";
import { useAction } from "@/components/action";
import { Button } from "@/components/Button";
import { DialColleague, FreeText } from "@/components/DialNumber";
import { Icon } from "@/components/Icon";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { Timer } from "@/components/Timer";
import { direct, LONGEST_TEXT, markRead, otherOf, sendMessage, useChatPeople, useChatSearch, useEarlier, useUnread } from "@/data/chat";
import { useFormat } from "@/i18n/format";

type Props = { me: Me; open: string | null; onOpen: (conversation: string | null) => void; onClose: () => void };

/** Beside the page and not over it: a card stays readable while one asks a colleague. */
export default function Chat({ me, open, onOpen, onClose }: Props) {
  const { t } = useTranslation();
  const people = useChatPeople();
  const colleagues = useCollection("colleague");
  const nameOf = useMemo(() => {
    const names = new Map((people.data?.people ?? []).map((one) => [one.login, one.name]));
    for (const one of colleagues) names.set(one.agent, one.name);
    for (const room of people.data?.rooms ?? []) names.set(room.conversation, room.name);
    return (conversation: string): string => {
      const other = otherOf(conversation, me.login);
      return names.get(other ?? conversation) ?? other ?? conversation;
    };
  }, [people.data, colleagues, me.login]);
  const other = open === null ? undefined : colleagues.find(({ agent }) => agent === otherOf(open, me.login));
  return (
    <aside
      className="chat panel"
      aria-label={t("chat.title")}
      data-testid="chat"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        if (open === null) onClose();
        else onOpen(null);
      }}
    >
      <div className="panel-head">
        {open === null ? null : (
          <button type="button" className="icon-button" onClick={() => onOpen(null)} aria-label={t("common.back")} data-testid="chat-back">
            <Icon name="back" size={16} />
          </button>
        )}
        <h2 className="grow ellipsis">{open === null ? t("chat.title") : nameOf(open)}</h2>
        {other === undefined ? null : <Standing colleague={other} />}
        <button type="button" className="icon-button" onClick={onClose} aria-label={t("common.close")} data-testid="chat-close">
          <Icon name="close" size={16} />
        </button>
      </div>
      {open === null ? (
        people.error !== null && people.data === undefined ? (
          <Failed error={people.error} retry={() => void people.refetch()} />
        ) : people.data === undefined ? (
          <Skeletons rows={6} />
        ) : (
          <List me={me} people={people.data} colleagues={colleagues} nameOf={nameOf} onOpen={onOpen} />
        )
      ) : (
        <Conversation key={open} me={me} conversation={open} name={nameOf(open)} nameOf={(login) => (login === me.login ? t("chat.you") : nameOf(direct(login, me.login)))} />
      )}
    </aside>
  );
}

/** What the other is doing, and a button to call him. */
function Standing({ colleague }: { colleague: ColleagueView }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="muted state-chip" data-state={colleague.state} data-testid="chat-other">
        <span className="dot" />
        {t(`state.${colleague.state}`)}
      </span>
      <DialColleague login={colleague.agent} name={colleague.name} free={colleague.state === "ready" || colleague.state === "paused"} />
    </>
  );
}

const ORDER: Record<AgentState, number> = { ready: 0, offered: 1, talking: 1, internal: 1, wrap_up: 1, paused: 2, offline: 3 };
const MOST_SHOWN = 100;

type Row = { conversation: string; name: string; colleague: ColleagueView | undefined; role: string };
type ListProps = { me: Me; people: NonNullable<ReturnType<typeof useChatPeople>["data"]>; colleagues: readonly ColleagueView[]; nameOf: (conversation: string) => string; onOpen: (conversation: string) => void };

function List({ me, people, colleagues, nameOf, onOpen }: ListProps) {
  const { t, i18n } = useTranslation();
  const unread = useUnread(me.login);
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const search = useChatSearch(wanted);
  const rows = useMemo(() => {
    const byLogin = new Map(colleagues.map((one) => [one.agent, one]));
    const recent = new Map(people.recent.map((conversation, index) => [conversation, index]));
    const collator = new Intl.Collator(i18n.language);
    const found: Row[] = people.people.map((one) => ({ conversation: direct(me.login, one.login), name: one.name, colleague: byLogin.get(one.login), role: t(`role.${one.role}`) }));
    const place = (row: Row): number => (unread.of.has(row.conversation) ? -2 : recent.has(row.conversation) ? -1 : row.colleague === undefined ? 2 : ORDER[row.colleague.state]);
    return found.sort((a, b) => place(a) - place(b) || collator.compare(a.name, b.name));
  }, [people, colleagues, unread, me.login, i18n.language, t]);
  const needle = wanted.toLocaleLowerCase(i18n.language);
  const matches = (name: string, conversation: string): boolean => needle === "" || name.toLocaleLowerCase(i18n.language).includes(needle) || conversation.includes(needle);
  const rooms = people.rooms.filter((room) => matches(room.name, room.conversation));
  const shown = rows.filter((row) => matches(row.name, otherOf(row.conversation, me.login) ?? ""));
  const found = wanted.length >= 2 ? (search.data?.items ?? []) : [];
  return (
    <div className="scroll grow">
      <div className="chat-find">
        <TextInput aria-label={t("chat.find")} placeholder={t("chat.find")} value={text} onChange={(event) => setText(event.target.value)} data-testid="chat-find" ref={focusOnce} autoComplete="off" maxLength={100} />
      </div>
      {rooms.length === 0 ? null : (
        <section aria-label={t("chat.rooms")}>
          <h3 className="label chat-label">{t("chat.rooms")}</h3>
          <ul>
            {rooms.map((room) => (
              <li key={room.conversation}>
                <button type="button" className="chat-row" onClick={() => onOpen(room.conversation)} data-testid={`chat-to-${room.conversation}`}>
                  <span className="ellipsis grow">{room.name}</span>
                  <Count of={unread.of.get(room.conversation)} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label={t("chat.people")}>
        <h3 className="label chat-label">{t("chat.people")}</h3>
        {people.people.length === 0 ? <p className="empty">{t("chat.nobody")}</p> : null}
        <ul>
          {shown.slice(0, MOST_SHOWN).map((row) => (
            <li key={row.conversation} className="chat-person">
              <button type="button" className="chat-row" data-state={row.colleague?.state} onClick={() => onOpen(row.conversation)} data-testid={`chat-to-${otherOf(row.conversation, me.login) ?? ""}`}>
                {row.colleague === undefined ? <span className="dot none" /> : <span className="dot" />}
                <span className="ellipsis grow">{row.name}</span>
                <Count of={unread.of.get(row.conversation)} />
                <span className="muted nowrap">{row.colleague === undefined ? row.role : t(`state.${row.colleague.state}`)}</span>
                {row.colleague === undefined || row.colleague.state === "offline" ? null : (
                  <span className="muted">
                    <Timer since={row.colleague.since} />
                  </span>
                )}
              </button>
              {row.colleague === undefined ? null : <DialColleague login={row.colleague.agent} name={row.name} free={row.colleague.state === "ready" || row.colleague.state === "paused"} />}
            </li>
          ))}
        </ul>
      </section>
      {wanted.length < 2 ? null : search.error !== null ? (
        <Failed error={search.error} retry={() => void search.refetch()} />
      ) : found.length > 0 ? (
        <section aria-label={t("chat.found")}>
          <h3 className="label chat-label">{t("chat.found")}</h3>
          <ul>
            {found.map((message) => (
              <li key={`${message.conversation} ${message.number}`}>
                <button type="button" className="chat-row found" onClick={() => onOpen(message.conversation)} data-testid="chat-found">
                  <span className="muted ellipsis">{nameOf(message.conversation)}</span>
                  <span className="clamp">{message.text}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ) : search.data !== undefined && shown.length === 0 && rooms.length === 0 ? (
        <p className="empty">{t("chat.nothing", { text: wanted })}</p>
      ) : null}
    </div>
  );
}

function focusOnce(field: HTMLInputElement | null): void {
  field?.focus();
}

function Count({ of }: { of: number | undefined }) {
  const { t } = useTranslation();
  if (of === undefined) return null;
  return (
    <span className="count">
      <span aria-hidden="true">{of}</span>
      <span className="visually-hidden">{t("chat.unread", { count: of })}</span>
    </span>
  );
}

type ConversationProps = { me: Me; conversation: string; name: string; nameOf: (login: string) => string };
type Line = Pick<ChatMessage, "number" | "at" | "sender" | "text">;

function Conversation({ me, conversation, name, nameOf }: ConversationProps) {
  const { t } = useTranslation();
  const { phase } = useStatus();
  const chat = useEntity("chat", conversation);
  const live = chat?.messages;
  const first = live?.[0]?.number ?? null;
  // Where the live part begins moves on with each message; what was read before it is kept from then on.
  const [below, setBelow] = useState<number | null>(first);
  const earlier = useEarlier(conversation, below);
  const older = useMemo(() => (earlier.data?.pages ?? []).flatMap((page) => page.items).reverse(), [earlier.data]);
  const lines: readonly Line[] = useMemo(() => {
    const known = new Map<number, Line>();
    for (const line of older) known.set(line.number, line);
    for (const line of live ?? []) known.set(line.number, line);
    return [...known.values()].sort((a, b) => a.number - b.number);
  }, [older, live]);
  useSeen(me, conversation, live?.at(-1)?.number ?? null);
  const box = useRef<HTMLDivElement>(null);
  const last = lines.at(-1)?.number;
  useLayoutEffect(() => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [last]);
  const more = earlier.data === undefined ? (live?.length ?? 0) >= 30 || live === undefined : earlier.hasNextPage;
  const load = (): void => {
    if (earlier.data !== undefined) void earlier.fetchNextPage();
    else if (below === first) void earlier.refetch();
    else setBelow(first);
  };
  return (
    <>
      <div className="scroll grow messages" ref={box} tabIndex={0} role="log" aria-label={name} data-testid="chat-messages">
        {more ? (
          <Button size="compact-sm" variant="default" loading={earlier.isFetching} onClick={load} data-testid="chat-earlier">
            {t("chat.earlier")}
          </Button>
        ) : null}
        <ProblemText error={earlier.error} />
        {lines.length === 0 ? <p className="empty">{t("chat.empty")}</p> : <Lines lines={lines} me={me.login} nameOf={nameOf} />}
      </div>
      <Compose conversation={conversation} name={name} usable={phase === "live"} />
    </>
  );
}

function Lines({ lines, me, nameOf }: { lines: readonly Line[]; me: string; nameOf: (login: string) => string }) {
  const format = useFormat();
  return (
    <ol>
      {lines.map((line, index) => {
        const before = lines[index - 1];
        const goesOn = before?.sender === line.sender && line.at - before.at < 300;
        return (
          <li key={line.number} className="message" data-mine={line.sender === me} data-testid="chat-message">
            {goesOn ? null : (
              <p className="muted">
                {nameOf(line.sender)}, <time>{format.when(line.at)}</time>
              </p>
            )}
            <p className="said">
              <FreeText text={line.text} />
            </p>
          </li>
        );
      })}
    </ol>
  );
}

/** Tells how far one has read, while the window is in front; in one message for those that come together. */
function useSeen(me: Me, conversation: string, last: number | null): void {
  const marks = useEntity("marks", me.login);
  const { phase } = useStatus();
  const [front, setFront] = useState(document.hasFocus());
  useEffect(() => {
    const look = (): void => setFront(document.hasFocus());
    window.addEventListener("focus", look);
    window.addEventListener("blur", look);
    return () => {
      window.removeEventListener("focus", look);
      window.removeEventListener("blur", look);
    };
  }, []);
  const seen = marks?.read[conversation] ?? 0;
  const due = front && phase === "live" && last !== null && last > seen ? last : null;
  useEffect(() => {
    if (due === null) return;
    // Not told now, it is told with the next message, or when the window comes to the front again.
    const timer = setTimeout(() => void markRead(conversation, due).catch(() => undefined), 400);
    return () => clearTimeout(timer);
  }, [conversation, due]);
}

function Compose({ conversation, name, usable }: { conversation: string; name: string; usable: boolean }) {
  const { t } = useTranslation();
  const action = useAction();
  const [text, setText] = useState("");
  // One name for one text: pressed again after a lost answer, it is said once.
  const id = useRef(crypto.randomUUID());
  const ready = usable && !action.busy && text.trim() !== "";
  const send = (): void => {
    if (!ready) return;
    void action.run(() => sendMessage(conversation, id.current, text.trim())).then((good) => {
      if (!good) return;
      setText("");
      id.current = crypto.randomUUID();
    });
  };
  return (
    <div className="compose">
      <Textarea
        aria-label={t("chat.message", { name })}
        placeholder={t("chat.message", { name })}
        value={text}
        rows={2}
        maxLength={LONGEST_TEXT}
        data-testid="chat-text"
        ref={focusArea}
        onChange={(event) => {
          setText(event.target.value);
          id.current = crypto.randomUUID();
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <div className="row">
        <span className="muted grow">{usable ? t("chat.hint") : t("chat.offline")}</span>
        <Button size="compact-sm" disabled={!ready} onClick={send} data-testid="chat-send">
          {t("chat.send")}
        </Button>
      </div>
      <ProblemText error={action.error} />
    </div>
  );
}

function focusArea(field: HTMLTextAreaElement | null): void {
  field?.focus();
}
