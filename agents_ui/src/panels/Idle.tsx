import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCollection } from "@/api/collection";
import type { AgentView, ClientSummary, Interaction, Me, QueueView } from "@/api/types";
import { AskToNotify } from "@/components/Alerts";
import { Button } from "@/components/Button";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { Timer } from "@/components/Timer";
import { ClientView } from "./ClientView";
import { Day } from "./day/Day";
import { Recent } from "./Recent";
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
      {/* Of an internal call the band above says all. */}
      {agent.state === "internal" ? null : (
        <section className="panel idle" data-state={agent.state} data-testid="idle-panel">
          <div className="grow">
            <h2>{words}</h2>
            <p className="muted">{agent.state === "ready" ? t(agent.station_ready ? "idle.readyHint" : "idle.noPhoneHint") : agent.state === "paused" && agent.reason === "rona" ? t("idle.ronaHint") : t("idle.notReadyHint")}</p>
          </div>
          <Button variant="default" onClick={onSearch} rightSection={<Key of="/" />} data-testid="find-client">
            {t("search.open")}
          </Button>
        </section>
      )}
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
