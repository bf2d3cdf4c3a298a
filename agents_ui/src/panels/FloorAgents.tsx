import { Menu } from "@mantine/core";
import { createColumnHelper, createSortedRowModel, rowSortingFeature, tableFeatures, useTable } from "@tanstack/react-table";
import { memo, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCollection, useDerived, useEntity, useStatus } from "@/api/collection";
import type { AgentView, Intent } from "@/api/types";
import { useAction } from "@/components/action";
import { Icon } from "@/components/Icon";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { Timer } from "@/components/Timer";
import { isEngaged, setIntent } from "@/data/agents";
import { otherIn, ownIntercom } from "@/data/intercom";
import { Caller } from "./FloorCaller";
import { AgentWhySheet } from "./Why";

const ORDER: Record<AgentView["state"], number> = { offered: 0, talking: 1, internal: 2, wrap_up: 3, ready: 4, paused: 5, offline: 6 };
const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
const helper = createColumnHelper<typeof features, AgentView>();

export function Agents() {
  const { t, i18n } = useTranslation();
  const names = useNames();
  const agents = useCollection("agent");
  const columns = useMemo(() => {
    const collator = new Intl.Collator(i18n.language);
    return helper.columns([
      helper.accessor("name", { header: t("floor.name"), sortFn: (a, b) => collator.compare(a.original.name, b.original.name) }),
      helper.accessor("state", { header: t("floor.state"), sortFn: (a, b) => ORDER[a.original.state] - ORDER[b.original.state] || a.original.since - b.original.since }),
      helper.accessor("since", { header: t("floor.since"), sortFn: (a, b) => a.original.since - b.original.since }),
    ]);
  }, [t, i18n.language]);
  const data = useMemo(() => [...agents], [agents]);
  const table = useTable({ features, columns, data, getRowId: (agent) => agent.agent, initialState: { sorting: [{ id: "state", desc: false }] } });
  return (
    <section className="panel" aria-label={t("floor.agents")}>
      <header>
        <h2 className="grow">{t("floor.agents")}</h2>
        <span className="muted">{t("floor.people", { count: agents.length })}</span>
      </header>
      {agents.length === 0 ? (
        <p className="empty">{t("floor.noAgents")}</p>
      ) : (
        <table className="table board board-agents">
          <thead>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id}>
                {group.headers.map((header) => {
                  const sorted = header.column.getIsSorted();
                  return (
                    <th key={header.id} aria-sort={sorted === false ? "none" : sorted === "asc" ? "ascending" : "descending"}>
                      <button type="button" className="sort" onClick={() => header.column.toggleSorting()}>
                        <table.FlexRender header={header} />
                        <span aria-hidden="true">{sorted === false ? "" : sorted === "asc" ? " ↑" : " ↓"}</span>
                      </button>
                    </th>
                  );
                })}
                <th>{t("floor.call")}</th>
                <th>
                  <span className="visually-hidden">{t("floor.actions")}</span>
                </th>
              </tr>
            ))}
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <AgentRow key={row.id} agent={row.original} reason={names.reason} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const AgentRow = memo(function AgentRow({ agent, reason }: { agent: AgentView; reason: (code: string) => string }) {
  const { t } = useTranslation();
  const call = useEntity("call", agent.call);
  const waits = isEngaged(agent) && agent.intent !== "ready";
  return (
    <tr data-testid={`agent-row-${agent.agent}`} data-state={agent.state}>
      <td>
        <span className="row" style={{ gap: 7 }}>
          <strong className="ellipsis" title={agent.name}>
            {agent.name}
          </strong>
          {agent.state === "offline" || agent.station_ready ? null : <span className="chip hot">{t("floor.noPhone")}</span>}
          {agent.state === "offline" || agent.browser ? null : <span className="chip">{t("floor.noBrowser")}</span>}
        </span>
      </td>
      <td>
        <span className="state-chip">
          <span className="dot" />
          <span data-testid="agent-row-state">{agent.state === "paused" && agent.reason !== "" ? reason(agent.reason) : agent.state === "internal" ? t("control.internal.short") : t(`state.${agent.state}`)}</span>
          {waits ? <span className="muted">{t("state.then", { state: agent.intent === "paused" ? reason(agent.intent_reason) : t("state.offline") })}</span> : null}
        </span>
      </td>
      <td>
        <Timer since={agent.since} />
      </td>
      <td className="ellipsis" style={{ maxWidth: 180 }}>
        {agent.state === "internal" ? <Colleague of={agent.agent} /> : call === undefined ? "" : <Caller call={call} short />}
      </td>
      <td className="right">
        <span className="row end-row" style={{ gap: 2 }}>
          <WhyAgent agent={agent} />
          <AgentActions agent={agent} reason={reason} />
        </span>
      </td>
    </tr>
  );
});

/** With whom an internal call is. */
function Colleague({ of }: { of: string }) {
  const other = useDerived("intercom", (all) => {
    const call = ownIntercom(all, of);
    return call === undefined ? null : otherIn(call, of);
  });
  return useEntity("agent", other)?.name ?? other;
}

function WhyAgent({ agent }: { agent: AgentView }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const label = t("floor.why", { name: agent.name });
  return (
    <>
      <button type="button" className="icon-button" onClick={() => setOpen(true)} aria-label={label} title={label} data-testid={`why-agent-${agent.agent}`}>
        <Icon name="help" size={15} />
      </button>
      {open ? <AgentWhySheet agent={agent.agent} name={agent.name} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function AgentActions({ agent, reason }: { agent: AgentView; reason: (code: string) => string }) {
  const { t } = useTranslation();
  const { site } = useNames();
  const { phase } = useStatus();
  const action = useAction();
  const want = (state: Intent, code?: string): void => {
    void action.run(() => setIntent(agent.agent, state, code));
  };
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <button type="button" className="icon-button" disabled={phase !== "live" || action.busy} aria-label={t("floor.setState", { name: agent.name })} data-testid={`agent-actions-${agent.agent}`}>
            <Icon name="down" size={16} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => want("ready")}>{t("state.ready")}</Menu.Item>
          <Menu.Divider />
          {(site?.pause_reasons ?? []).map(({ code }) => (
            <Menu.Item key={code} onClick={() => want("paused", code)}>
              {reason(code)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => want("offline")}>{t("state.goOffline")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ProblemText error={action.error} />
    </>
  );
}
