import { memo, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSecond } from "@/api/clock";
import { useCollection, useDerived, useEntity, useStatus } from "@/api/collection";
import type { CallView, QueueView } from "@/api/types";
import { Icon } from "@/components/Icon";
import { useNames } from "@/components/names";
import { Skeletons } from "@/components/Problem";
import { Timer } from "@/components/Timer";
import { duration, phoneNumber, useFormat } from "@/i18n/format";
import { EmergencyButton } from "./Emergency";
import { Agents } from "./FloorAgents";
import { Caller } from "./FloorCaller";
import { Hands } from "./Hands";
import { CallWhySheet } from "./Why";

/** The supervisor's board: queues, people, live calls, and the link to the telephony. */
export default function Floor({ me, onChat }: { me: string; onChat: (login: string) => void }) {
  const { everLive } = useStatus();
  if (!everLive) return <Skeletons rows={8} />;
  return (
    <div className="column" data-testid="floor">
      <Servers />
      <Hands me={me} onChat={onChat} />
      <Queues />
      <div style={{ display: "grid", gridTemplateColumns: "minmax(0, 1fr) minmax(0, 1.1fr)", gap: 12, alignItems: "start" }}>
        <Agents />
        <Calls />
      </div>
    </div>
  );
}

function Servers() {
  const { t } = useTranslation();
  const format = useFormat();
  const servers = useCollection("server");
  const bad = servers.filter((server) => server.link !== "up");
  return (
    <div className="row" style={{ gap: 18 }} aria-label={t("floor.servers")} role="group">
      {servers.map((server) => (
        <span key={server.server} className="link-state" data-phase={server.link === "up" ? "live" : server.link === "down" ? "offline" : "waiting"} data-testid={`server-${server.server}`}>
          <span className="dot" />
          {t(`floor.link.${server.link}`, { server: server.server, time: format.when(server.since) })}
        </span>
      ))}
      {bad.length > 0 ? <span className="hot">{t("floor.blind")}</span> : null}
      <span className="grow" />
      <EmergencyButton />
    </div>
  );
}

function Queues() {
  const { t } = useTranslation();
  const queues = useCollection("queue");
  return (
    <section className="panel" aria-label={t("floor.queues")}>
      <header>
        <h2>{t("floor.queues")}</h2>
      </header>
      {queues.length === 0 ? (
        <p className="empty">{t("floor.noQueues")}</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th>{t("call.queue")}</th>
              <th className="right">{t("floor.waiting")}</th>
              <th className="right">{t("floor.longest")}</th>
              <th className="right">{t("floor.talking")}</th>
              <th className="right">{t("floor.ready")}</th>
              <th className="right">{t("floor.engaged")}</th>
              <th className="right">{t("floor.paused")}</th>
            </tr>
          </thead>
          <tbody>
            {queues.map((queue) => (
              <QueueRow key={queue.queue} queue={queue} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const QueueRow = memo(function QueueRow({ queue }: { queue: QueueView }) {
  const { site } = useNames();
  const limit = site?.queues.find((item) => item.id === queue.queue)?.service_level_seconds ?? null;
  const nobody = queue.waiting > 0 && queue.agents_ready + queue.agents_engaged === 0;
  return (
    <tr data-testid={`queue-row-${queue.queue}`}>
      <td>
        <strong>{queue.name}</strong>
      </td>
      <td className={`right num ${nobody ? "hot" : ""}`} data-testid="queue-waiting">
        {queue.waiting}
      </td>
      <td className="right num">{queue.longest_since === null ? "" : <Wait since={queue.longest_since} limit={limit} />}</td>
      <td className="right num">{queue.talking}</td>
      <td className="right num">{queue.agents_ready}</td>
      <td className="right num">{queue.agents_engaged}</td>
      <td className="right num">{queue.agents_paused}</td>
    </tr>
  );
});

/** A wait against the queue's service level: amber past half of it, red past it. */
function Wait({ since, limit }: { since: number; limit: number | null }) {
  const now = useSecond();
  const waited = now - since;
  const tone = limit === null ? "" : waited >= limit ? "hot" : waited >= limit / 2 ? "warm" : "";
  return (
    <span className={`num ${tone}`} role="timer" aria-live="off">
      {duration(waited)}
    </span>
  );
}

function Calls() {
  const { t } = useTranslation();
  const calls = useCollection("call");
  const live = useMemo(() => [...calls].filter((call) => call.state !== "ended").sort((a, b) => a.arrived_at - b.arrived_at), [calls]);
  const count = useDerived("call", (list) => list.reduce((sum, call) => sum + (call.state === "ended" ? 0 : 1), 0));
  return (
    <section className="panel" aria-label={t("floor.calls")}>
      <header>
        <h2 className="grow">{t("floor.calls")}</h2>
        <span className="muted">{t("floor.liveCalls", { count })}</span>
      </header>
      {live.length === 0 ? (
        <p className="empty">{t("floor.noCalls")}</p>
      ) : (
        <table className="table board board-calls">
          <thead>
            <tr>
              <th>{t("floor.who")}</th>
              <th>{t("call.queue")}</th>
              <th>{t("floor.state")}</th>
              <th>{t("floor.agent")}</th>
              <th className="right">{t("floor.wait")}</th>
              <th className="right">{t("floor.talk")}</th>
              <th>
                <span className="visually-hidden">{t("floor.actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {live.slice(0, 60).map((call) => (
              <CallRow key={call.call} call={call} />
            ))}
          </tbody>
        </table>
      )}
      {live.length > 60 ? <p className="empty">{t("floor.more", { count: live.length - 60 })}</p> : null}
    </section>
  );
}

const STATE_OF_CALL: Record<CallView["state"], string> = { arriving: "offline", flow: "wrap_up", waiting: "paused", offered: "offered", talking: "talking", fallback: "paused", ended: "offline" };

const CallRow = memo(function CallRow({ call }: { call: CallView }) {
  const { t } = useTranslation();
  const names = useNames();
  const agent = useEntity("agent", call.agent);
  const limit = names.site?.queues.find((queue) => queue.id === call.queue)?.service_level_seconds ?? null;
  const since = call.queued_at ?? call.arrived_at;
  const until = call.answered_at ?? call.ended_at;
  return (
    <tr data-testid="call-row" data-call={call.call} data-state={STATE_OF_CALL[call.state]}>
      <td className="ellipsis" style={{ maxWidth: 210 }}>
        <Caller call={call} />
      </td>
      <td className="ellipsis" style={{ maxWidth: 110 }}>
        {names.queue(call.queue)}
      </td>
      <td>
        <span className="state-chip">
          <span className="dot" />
          {t(`callState.${call.state}`)}
        </span>
      </td>
      <td className="ellipsis" style={{ maxWidth: 130 }}>
        {call.rung.length > 1 ? <Rung agents={call.rung} /> : (agent?.name ?? call.agent ?? "")}
      </td>
      <td className="right" data-testid="call-wait">
        {until === null ? <Wait since={since} limit={limit} /> : <span className="num">{duration(until - since)}</span>}
      </td>
      <td className="right" data-testid="call-talk">
        {call.answered_at === null ? "" : <Timer since={call.answered_at} />}
      </td>
      <td className="right"><WhyCall call={call} /></td>
    </tr>
  );
});

/** How many are rung for one call at once; their names on hovering, and for a screen reader. */
function Rung({ agents }: { agents: readonly string[] }) {
  const { t } = useTranslation();
  const wanted = new Set(agents);
  const names = useDerived("agent", (list) =>
    list
      .filter((agent) => wanted.has(agent.agent))
      .map((agent) => agent.name)
      .join(", "),
  );
  return (
    <span title={names} data-testid="call-rung">
      {t("floor.rung", { count: agents.length })}
      <span className="visually-hidden">: {names}</span>
    </span>
  );
}

function WhyCall({ call }: { call: CallView }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const label = t("floor.whyCall");
  return (
    <>
      <button type="button" className="icon-button" onClick={() => setOpen(true)} aria-label={label} title={label} data-testid="why-call-open">
        <Icon name="help" size={15} />
      </button>
      {open ? <CallWhySheet call={call.call} who={call.number === "" ? t("card.hidden") : phoneNumber(call.number)} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
