import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useCollection, useStatus } from "@/api/collection";
import type { AgentView } from "@/api/types";
import { useAction } from "@/components/action";
import { Button } from "@/components/Button";
import { FreeText } from "@/components/DialNumber";
import { Icon } from "@/components/Icon";
import { ProblemText } from "@/components/Problem";
import { Timer } from "@/components/Timer";
import { lowerHand } from "@/data/chat";

/** Who asks for help, who waits the longest first. Nothing at all while nobody does. */
export function Hands({ me, onChat }: { me: string; onChat: (login: string) => void }) {
  const { t } = useTranslation();
  const agents = useCollection("agent");
  const up = useMemo(() => agents.filter((agent) => agent.hand_since !== null).sort((a, b) => (a.hand_since ?? 0) - (b.hand_since ?? 0)), [agents]);
  if (up.length === 0) return null;
  return (
    <section className="panel hands" aria-label={t("hand.board", { count: up.length })} data-testid="hands">
      <h2>
        <Icon name="hand" /> {t("hand.board", { count: up.length })}
      </h2>
      <ul>
        {up.map((agent) => (
          <Hand key={agent.agent} agent={agent} onChat={agent.agent === me ? null : onChat} />
        ))}
      </ul>
    </section>
  );
}

function Hand({ agent, onChat }: { agent: AgentView; onChat: ((login: string) => void) | null }) {
  const { t } = useTranslation();
  const { phase } = useStatus();
  const action = useAction();
  return (
    <li className="row" data-testid={`hand-${agent.agent}`} data-state={agent.state}>
      <span className="dot" />
      <strong className="nowrap">{agent.name}</strong>
      <Timer since={agent.hand_since ?? agent.since} />
      <span className="grow ellipsis" title={agent.hand_text}>
        <FreeText text={agent.hand_text} />
      </span>
      <ProblemText error={action.error} />
      {onChat === null ? null : (
        <Button size="compact-sm" variant="default" onClick={() => onChat(agent.agent)} aria-label={t("hand.write", { name: agent.name })}>
          {t("hand.chat")}
        </Button>
      )}
      <Button size="compact-sm" disabled={phase !== "live" || action.busy} onClick={() => void action.run(() => lowerHand(agent.agent))} aria-label={t("hand.lowerOf", { name: agent.name })} data-testid="hand-lower-of">
        {t("hand.lower")}
      </Button>
    </li>
  );
}
