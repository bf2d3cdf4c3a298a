import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCollection } from "@/api/collection";
import type { AgentView, ClientSummary, Interaction, Me, QueueView } from "@/api/types";
import { AskToNotify } from "@/components/Alerts";
import { CallDetail, Outcome } from "@/components/History";
import { DialNumber, FreeText } from "@/components/DialNumber";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { Failed, Skeletons } from "@/components/Problem";
import { Timer } from "@/components/Timer";
import { useRecentCalls } from "@/data/calls";
import { duration, useFormat } from "@/i18n/format";
import { ClientView } from "./ClientView";
import { Day } from "./day/Day";
import { Unfinished } from "./Unfinished";

type Props = { me: Me; agent: AgentView; viewed: Pick<ClientSummary, "id"> | null; onView: (client: Pick<ClientSummary, "id"> | null) => void; onSearch: () => void };

export function Idle({ me, agent, viewed, onView, onSearch }: Props) {
  const { t } = useTranslation();
  const names = useNames();
  const [opened, setOpened] = useState<Interaction | null>(null);
  useHotkeys([{ keys: "Slash", run: onSearch }]);
  const client = viewed?.id ?? opened?.client ?? null;
  const words =
    agent.state === "paused"
      ? t("idle.paused", { reason: names.reason(agent.reason) })
      : agent.state === "ready"
        ? t(agent.station_ready ? "idle.ready" : "idle.noPhone")
        : agent.state === "offline"
          ? t("idle.offline")
          : t(`state.${agent.state}`);
  return (
    <div className="column grow">
      <section className="panel idle" data-state={agent.state} data-testid="idle-panel">
        <div className="grow">
          <h2>{words}</h2>
          <p className="muted">{agent.state === "ready" ? t(agent.station_ready ? "idle.readyHint" : "idle.noPhoneHint") : agent.state === "paused" && agent.reason === "rona" ? t("idle.ronaHint") : t("idle.notReadyHint")}</p>
        </div>
        <Button variant="default" onClick={onSearch} rightSection={<Key of="/" />} data-testid="find-client">
          {t("search.open")}
        </Button>
      </section>
      <AskToNotify />
      <Unfinished me={me} />
      <MyQueues agent={agent} />
      {client !== null ? (
        <ClientView
          key={client}
          client={client}
          call={opened?.call ?? null}
          onBack={() => {
            setOpened(null);
            onView(null);
          }}
        />
      ) : (
        <>
          <Day me={me} onClient={onView} />
          <Recent me={me} opened={opened} onOpen={setOpened} />
        </>
      )}
    </div>
  );
}

function MyQueues({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const queues = useCollection("queue").filter((queue) => agent.queues.includes(queue.queue));
  if (queues.length === 0) return null;
  return (
    <section className="panel queue-strip" aria-label={t("idle.queues")}>
      {queues.map((queue) => (
        <QueueCell key={queue.queue} queue={queue} />
      ))}
    </section>
  );
}

function QueueCell({ queue }: { queue: QueueView }) {
  const { t } = useTranslation();
  return (
    <div className="queue-cell" data-testid={`my-queue-${queue.queue}`}>
      <p className="label ellipsis">{queue.name}</p>
      <p className="row" style={{ alignItems: "baseline" }}>
        <span className="big num">{queue.waiting}</span>
        <span className="muted">{t("idle.waiting", { count: queue.waiting })}</span>
        {queue.longest_since === null ? null : (
          <span className="muted" style={{ marginLeft: "auto" }}>
            <Timer since={queue.longest_since} />
          </span>
        )}
      </p>
    </div>
  );
}

function Recent({ me, opened, onOpen }: { me: Me; opened: Interaction | null; onOpen: (call: Interaction | null) => void }) {
  const { t } = useTranslation();
  const names = useNames();
  const format = useFormat();
  const recent = useRecentCalls(me.login);
  return (
    <section className="panel scroll grow" style={{ flex: 1 }} data-testid="recent-list">
      <header>
        <h2>{t("recent.title")}</h2>
      </header>
      {recent.error !== null ? (
        <Failed error={recent.error} retry={() => void recent.refetch()} />
      ) : recent.data === undefined ? (
        <Skeletons rows={5} />
      ) : recent.data.items.length === 0 ? (
        <p className="empty">{t("recent.none")}</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th>{t("recent.time")}</th>
              <th>{t("recent.number")}</th>
              <th>{t("call.queue")}</th>
              <th>{t("recent.outcome")}</th>
              <th>{t("recent.disposition")}</th>
              <th>{t("recent.note")}</th>
              <th className="right">{t("call.talked")}</th>
            </tr>
          </thead>
          <tbody>
            {recent.data.items.map((item) => (
              <RecentRow key={item.call} item={item} open={opened?.call === item.call} onOpen={onOpen} queue={names.queue(item.queue)} disposition={names.disposition(item.disposition)} when={format.when(item.started_at)} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

type RowProps = { item: Interaction; open: boolean; onOpen: (call: Interaction | null) => void; queue: string; disposition: string; when: string };

function RecentRow({ item, open, onOpen, queue, disposition, when }: RowProps) {
  const toggle = (): void => onOpen(open ? null : item);
  return (
    <>
      <tr data-testid="recent-row" data-call={item.call} data-open data-on={open} onClick={toggle}>
        <td className="nowrap num">
          <button
            type="button"
            className="link-button"
            aria-expanded={open}
            onClick={(event) => {
              event.stopPropagation();
              toggle();
            }}
          >
            {when}
          </button>
        </td>
        <td className="nowrap">
          <DialNumber number={item.number} />
        </td>
        <td>{queue}</td>
        <td className="nowrap">
          <Outcome interaction={item} />
        </td>
        <td>{disposition}</td>
        <td className="ellipsis muted" style={{ maxWidth: 340 }} title={item.note}>
          <FreeText text={item.note} />
        </td>
        <td className="right num">{item.talked > 0 ? duration(item.talked) : ""}</td>
      </tr>
      {open && item.client === null ? (
        <tr>
          <td colSpan={7}>
            <CallDetail call={item.call} />
          </td>
        </tr>
      ) : null}
    </>
  );
}
