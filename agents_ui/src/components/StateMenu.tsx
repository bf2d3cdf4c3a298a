import { Menu } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStatus } from "@/api/collection";
import type { AgentView, Intent, Me } from "@/api/types";
import { isEngaged, setIntent } from "@/data/agents";
import { useAction, useCanAct } from "./action";
import { useHotkeys } from "./hotkeys";
import { Icon } from "./Icon";
import { Key } from "./Key";
import { useNames } from "./names";
import { ProblemText } from "./Problem";
import { Timer } from "./Timer";

/** The operator's state, and the way to change what he wants to be. While a call holds him the wish is shown beside
 * the state, because it takes effect when the call is over. */
export function StateMenu({ me, agent }: { me: Me; agent: AgentView | undefined }) {
  const { t } = useTranslation();
  const names = useNames();
  const canAct = useCanAct();
  const { everLive } = useStatus();
  const action = useAction();
  const [open, setOpen] = useState(false);
  const { forget } = action;

  const want = (state: Intent, reason?: string): void => {
    setOpen(false);
    void action.run(() => setIntent(me.login, state, reason));
  };
  const usable = canAct && agent !== undefined;
  const reasons = names.site?.pause_reasons ?? [];
  useHotkeys([
    ...reasons.slice(0, 9).map(({ code }, index) => ({ keys: `Digit${index + 1}`, when: usable && open, run: () => want("paused", code) })),
    { keys: "KeyR", when: usable, run: () => want("ready") },
    { keys: "KeyP", when: usable, run: () => setOpen(true) },
    { keys: "KeyO", when: usable, run: () => want("offline") },
  ]);
  const since = agent?.since;
  useEffect(forget, [since, forget]);

  if (agent === undefined) {
    return <span className="muted">{everLive ? t("state.notAgent") : t("common.loading")}</span>;
  }
  const engaged = isEngaged(agent);
  const then = engaged && agent.intent !== "ready" ? (agent.intent === "paused" ? names.reason(agent.intent_reason) : t("state.offline")) : null;
  return (
    <div className="row state-menu">
      {/* Mantine would also close on a key pressed outside, and the focus moves in only after a moment: P and at once 1
          must pause. */}
      <Menu opened={open} onChange={setOpen} withinPortal={false} width={270} clickOutsideEvents={["mousedown", "touchstart"]}>
        <Menu.Target>
          <button type="button" className="state-button" data-testid="state-menu" data-state={agent.state} disabled={!canAct}>
            <span className="dot" />
            <span data-testid="agent-state" data-state={agent.state}>
              {agent.state === "paused" && agent.reason !== "" ? names.reason(agent.reason) : t(`state.${agent.state}`)}
            </span>
            <Timer since={agent.since} />
            {then === null ? null : <span className="then">{t("state.then", { state: then })}</span>}
            <Icon name="down" size={14} />
          </button>
        </Menu.Target>
        <Menu.Dropdown aria-label={t("state.menu")}>
          {engaged ? <Menu.Label>{t("state.after")}</Menu.Label> : null}
          <Menu.Item data-testid="state-ready" data-state="ready" leftSection={<span className="dot" />} rightSection={<Key of="R" />} onClick={() => want("ready")}>
            {t("state.ready")}
          </Menu.Item>
          <Menu.Divider />
          {reasons.map(({ code }, index) => (
            <Menu.Item key={code} data-testid={`state-pause-${code}`} data-state="paused" leftSection={<span className="dot" />} rightSection={index < 9 ? <Key of={String(index + 1)} /> : null} onClick={() => want("paused", code)}>
              {names.reason(code)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item data-testid="state-offline" data-state="offline" leftSection={<span className="dot" />} rightSection={<Key of="O" />} onClick={() => want("offline")}>
            {t("state.goOffline")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {agent.station_ready || agent.state === "offline" ? null : (
        <span className="chip" role="status" data-testid="station-warning" style={{ color: "var(--danger)" }}>
          {t("state.noPhone")}
        </span>
      )}
      <ProblemText error={action.error} />
    </div>
  );
}
