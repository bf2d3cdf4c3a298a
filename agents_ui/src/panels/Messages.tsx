import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCollection } from "@/api/collection";
import type { Me, Message } from "@/api/types";
import { Button } from "@/components/Button";
import { DialNumber } from "@/components/DialNumber";
import { useHotkeys } from "@/components/hotkeys";
import { Icon } from "@/components/Icon";
import { useNames } from "@/components/names";
import { usePlayer } from "@/components/player";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { audioOfMessage, giveMessage, tickMessage, useMessageAction, useMessages } from "@/data/messages";
import { duration, phoneNumber, useFormat } from "@/i18n/format";
import "@/theme/plan.css";

/** What callers left on the machine: heard, taken, ticked off. */
export default function Messages({ me }: { me: Me }) {
  const { t } = useTranslation("plan");
  const [finished, setFinished] = useState(false);
  const [chosen, setChosen] = useState<number | null>(null);
  const messages = useMessages(finished);
  const player = usePlayer();
  const action = useMessageAction();
  const items = messages.data?.items ?? [];
  const at = items.findIndex(({ id }) => id === chosen);
  const current = items[at];
  const move = (by: number): void => {
    const next = items[Math.min(items.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    if (next !== undefined) setChosen(next.id);
  };
  const take = (one: Message): void => action.mutate(() => giveMessage(one.id, one.assignee === me.login ? "" : me.login));
  useHotkeys([
    { keys: "KeyJ", run: () => move(1) },
    { keys: "KeyK", run: () => move(-1) },
    { keys: "KeyL", when: current !== undefined, run: () => current && player.toggle(audioOfMessage(current.id)) },
    { keys: "KeyT", when: current !== undefined && mayTake(current, me), run: () => current && take(current) },
    { keys: "KeyD", when: current !== undefined && mayTake(current, me), run: () => current && action.mutate(() => tickMessage(current.id, !finished)) },
  ]);
  return (
    <section className="panel" data-testid="messages">
      <header>
        <h2 className="grow">{t("messages.title")}</h2>
        <span className="hint">{t(me.role === "operator" ? "messages.hintOperator" : "messages.hint")}</span>
        <div className="pair" role="group" aria-label={t("messages.which")}>
          {[false, true].map((one) => (
            <button key={String(one)} type="button" className="icon-button" aria-pressed={finished === one} onClick={() => setFinished(one)} data-testid={one ? "messages-done" : "messages-open"}>
              {t(one ? "messages.done" : "messages.open")}
            </button>
          ))}
        </div>
      </header>
      <ProblemText error={action.error} />
      {messages.error !== null && messages.data === undefined ? (
        <Failed error={messages.error} retry={() => void messages.refetch()} />
      ) : messages.data === undefined ? (
        <Skeletons rows={4} />
      ) : items.length === 0 ? (
        <p className="empty">{t(finished ? "messages.noneDone" : "messages.none")}</p>
      ) : (
        <div className="scroll-x">
          <table className="table dense">
            <thead>
              <tr>
                <th>{t("messages.left")}</th>
                <th>{t("messages.from")}</th>
                <th>{t("messages.queue")}</th>
                <th className="right">{t("messages.length")}</th>
                <th>{t("messages.who")}</th>
                <th>
                  <span className="visually-hidden">{t("missed.actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((message) => (
                <Row
                  key={message.id}
                  message={message}
                  me={me}
                  chosen={message.id === chosen}
                  playing={player.playing === audioOfMessage(message.id)}
                  failed={player.failed === audioOfMessage(message.id)}
                  busy={action.isPending}
                  onChoose={() => setChosen(message.id)}
                  onPlay={() => player.toggle(audioOfMessage(message.id))}
                  onTake={() => take(message)}
                  onGive={(login) => action.mutate(() => giveMessage(message.id, login))}
                  onTick={() => action.mutate(() => tickMessage(message.id, !finished))}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const leads = (me: Me): boolean => me.role === "supervisor" || me.role === "administrator";
const mayTake = (message: Message, me: Me): boolean => message.assignee === null || message.assignee === me.login || leads(me);

type RowProps = {
  message: Message; me: Me; chosen: boolean; playing: boolean; failed: boolean; busy: boolean;
  onChoose: () => void; onPlay: () => void; onTake: () => void; onGive: (login: string) => void; onTick: () => void;
};

function Row({ message, me, chosen, playing, failed, busy, onChoose, onPlay, onTake, onGive, onTick }: RowProps) {
  const { t } = useTranslation("plan");
  const names = useNames();
  const format = useFormat();
  const agents = useCollection("agent");
  const number = message.number === "" ? t("card.hidden", { ns: "translation" }) : phoneNumber(message.number);
  const name = (login: string): string => agents.find(({ agent }) => agent === login)?.name ?? login;
  const mine = message.assignee === me.login;
  const people = [...agents].sort((a, b) => a.name.localeCompare(b.name));
  const known = message.assignee === null || people.some(({ agent }) => agent === message.assignee);
  return (
    <tr data-testid={`message-${message.id}`} data-mine={mine ? true : undefined} aria-current={chosen ? "true" : undefined} onClick={onChoose}>
      <td className="nowrap">{format.when(message.left_at)}</td>
      <td className="nowrap">
        <strong>
          <DialNumber number={message.number} />
        </strong>
      </td>
      <td>{names.queue(message.queue)}</td>
      <td className="right num">{message.seconds === 0 ? t("messages.unknownLength") : duration(message.seconds)}</td>
      <td>
        {leads(me) ? (
          <select className="adder" aria-label={t("messages.giveTo", { number })} value={message.assignee ?? ""} disabled={busy} onChange={(event) => onGive(event.target.value)} data-testid="message-assignee">
            <option value="">{t("messages.anyone")}</option>
            {known || message.assignee === null ? null : <option value={message.assignee}>{message.assignee}</option>}
            {people.map(({ agent, name: label }) => (
              <option key={agent} value={agent}>
                {label}
              </option>
            ))}
          </select>
        ) : (
          <span data-testid="message-assignee">{message.assignee === null ? t("messages.anyone") : mine ? t("messages.you") : name(message.assignee)}</span>
        )}
      </td>
      <td className="right nowrap">
        <span className="row end-row">
          {failed ? <span className="error-text">{t("messages.notHeard")}</span> : null}
          <button type="button" className="icon-button" aria-pressed={playing} aria-label={t(playing ? "messages.stop" : "messages.play", { number })} title={t(playing ? "messages.stop" : "messages.play", { number })} onClick={onPlay} data-testid="play-message">
            <Icon name={playing ? "stop" : "play"} size={15} />
          </button>
          {me.agent && mayTake(message, me) && message.done_at === null ? (
            <Button size="compact-sm" variant="default" disabled={busy} onClick={onTake} data-testid="take-message">
              {t(mine ? "messages.leave" : "messages.take")}
            </Button>
          ) : null}
          <Button size="compact-sm" variant="default" disabled={busy || !mayTake(message, me)} onClick={onTick} data-testid="tick-message">
            {t(message.done_at === null ? "messages.tick" : "messages.untick")}
          </Button>
        </span>
      </td>
    </tr>
  );
}
