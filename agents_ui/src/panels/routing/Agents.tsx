import { useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Routing, SkillLevel, Work } from "@/api/types";
import { Button } from "@/components/Button";
import { useNames } from "@/components/names";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { putRouting, useChange, useRoutings, useTeams } from "@/data/plan";
import { FormProblems, NumberField, Pick, SkillLevels, Ticks, useFieldErrors, useSkillNames } from "./parts";

const WORK = ["inbound", "callback", "outbound"] as const satisfies readonly Work[];

/** Who serves what: agents down, skills across; a level is changed where it stands. */
export function Agents() {
  const { t } = useTranslation("plan");
  const names = useNames();
  const agents = useRoutings();
  const teams = useTeams();
  const skills = useSkillNames();
  const [edited, setEdited] = useState<Routing | null>(null);
  const table = useRef<HTMLTableElement>(null);
  const save = useChange(putRouting);
  const serves = (agent: Routing): string[] => {
    const team = teams.data?.items.find(({ id }) => id === agent.team);
    return [...new Set([...agent.queues, ...(team?.queues ?? [])])];
  };
  const setLevel = (agent: Routing, skill: string, level: number): void => {
    const others: SkillLevel[] = agent.skills.filter((one) => one.skill !== skill);
    save.mutate({ agent: agent.agent, form: { skills: level === 0 ? others : [...others, { skill, level }] } });
  };
  const move = (row: number, column: number): void => {
    table.current?.querySelector<HTMLInputElement>(`input[data-row="${row}"][data-column="${column}"]`)?.focus();
  };
  return (
    <section className="panel" data-testid="agents">
      <header>
        <h2 className="grow">{t("agents.title")}</h2>
        <ProblemText error={save.error} />
        <span className="hint">{t("agents.hint")}</span>
      </header>
      {agents.error !== null ? (
        <Failed error={agents.error} retry={() => void agents.refetch()} />
      ) : agents.data === undefined ? (
        <Skeletons rows={6} />
      ) : agents.data.items.length === 0 ? (
        <p className="empty">{t("agents.none")}</p>
      ) : (
        <div className="scroll-x">
          <table className="table dense matrix" ref={table}>
            <thead>
              <tr>
                <th>{t("agents.name")}</th>
                {skills.options.map(({ value, label }) => (
                  <th key={value} className="level" title={label}>
                    {label}
                  </th>
                ))}
                <th>{t("agents.serves")}</th>
                <th>{t("agents.team")}</th>
                <th>{t("agents.work")}</th>
              </tr>
            </thead>
            <tbody>
              {agents.data.items.map((agent, row) => (
                <tr key={agent.agent} data-testid={`routing-${agent.agent}`} className={agent.active ? "" : "muted"}>
                  <td className="nowrap">
                    <button type="button" className="link-button" onClick={() => setEdited(agent)}>
                      {agent.name}
                    </button>
                    {agent.active ? null : <span className="chip after">{t("agents.inactive")}</span>}
                  </td>
                  {skills.options.map(({ value: skill, label }, column) => (
                    <td key={skill} className="level">
                      <LevelCell
                        label={t("agents.levelOf", { skill: label, name: agent.name })}
                        level={agent.skills.find((one) => one.skill === skill)?.level ?? 0}
                        row={row}
                        column={column}
                        onChange={(level) => setLevel(agent, skill, level)}
                        onMove={move}
                      />
                    </td>
                  ))}
                  <td>
                    {serves(agent)
                      .map((queue) => {
                        const weight = agent.weights.find((one) => one.queue === queue)?.weight;
                        return weight === undefined || weight === 1 ? names.queue(queue) : `${names.queue(queue)} × ${weight}`;
                      })
                      .join(", ")}
                  </td>
                  <td>{teams.data?.items.find(({ id }) => id === agent.team)?.name ?? agent.team ?? ""}</td>
                  <td className="nowrap">{agent.work.length === WORK.length ? t("agents.allWork") : agent.work.map((one) => t(`work.${one}`)).join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {edited === null ? null : <AgentSheet agent={edited} onClose={() => setEdited(null)} />}
    </section>
  );
}

type CellProps = { label: string; level: number; row: number; column: number; onChange: (level: number) => void; onMove: (row: number, column: number) => void };

/** Digits set the level (0 or nothing: none), Enter and the arrows go on, Escape takes it back. */
function LevelCell({ label, level, row, column, onChange, onMove }: CellProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (level === 0 ? "" : String(level));
  const commit = (): void => {
    setTyped(null);
    if (typed === null) return;
    const next = typed.trim() === "" ? 0 : Number(typed);
    if (Number.isInteger(next) && next >= 0 && next <= 10 && next !== level) onChange(next);
  };
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    const to = { ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], Enter: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1] }[event.key];
    if (event.key === "Escape") setTyped(null);
    if (to === undefined) return;
    event.preventDefault();
    commit();
    onMove(to[0] ?? row, to[1] ?? column);
  };
  return (
    <input
      className="level-input num"
      inputMode="numeric"
      maxLength={2}
      aria-label={label}
      data-row={row}
      data-column={column}
      data-level={level}
      value={shown}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setTyped(event.target.value.replace(/\D/g, ""))}
      onBlur={commit}
      onKeyDown={onKey}
    />
  );
}

function AgentSheet({ agent, onClose }: { agent: Routing; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const names = useNames();
  const teams = useTeams();
  const [queues, setQueues] = useState(agent.queues);
  const [skills, setSkills] = useState(agent.skills);
  const [team, setTeam] = useState(agent.team ?? "");
  const [weights, setWeights] = useState(new Map(agent.weights.map(({ queue, weight }) => [queue, weight])));
  const [work, setWork] = useState(agent.work);
  const save = useChange(putRouting);
  const { bad } = useFieldErrors(save.error);
  const served = [...new Set([...queues, ...(teams.data?.items.find(({ id }) => id === team)?.queues ?? [])])];
  const submit = (): void => {
    const kept = [...weights].filter(([queue, weight]) => served.includes(queue) && weight !== 1).map(([queue, weight]) => ({ queue, weight }));
    save.mutate({ agent: agent.agent, form: { queues, skills, team: team === "" ? null : team, weights: kept, work } }, { onSuccess: onClose });
  };
  return (
    <Sheet title={agent.name} onClose={onClose} testId="agent-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="form-grid">
          <Ticks legend={t("agents.queues")} options={(names.site?.queues ?? []).map(({ id, name }) => ({ value: id, label: name }))} chosen={queues} onChange={setQueues} error={bad("queues")} />
          <Pick label={t("agents.team")} value={team} none={t("agents.noTeam")} options={(teams.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} error={bad("team")} onChange={setTeam} testId="agent-team" />
          <SkillLevels legend={t("agents.skills")} levels={skills} onChange={setSkills} error={bad("skills")} testId="agent-skills" />
          {served.length === 0 ? null : (
            <fieldset className="wide">
              <legend>{t("agents.weights")}</legend>
              <p className="hint">{t("agents.weightsHint")}</p>
              <div className="form-grid three">
                {served.map((queue) => (
                  <NumberField key={queue} label={names.queue(queue)} value={weights.get(queue) ?? 1} step="any" onChange={(weight) => setWeights(new Map(weights).set(queue, weight))} testId={`weight-${queue}`} />
                ))}
              </div>
              {bad("weights") === null ? null : <p className="error-text">{bad("weights")}</p>}
            </fieldset>
          )}
          <Ticks legend={t("agents.work")} options={WORK.map((one) => ({ value: one, label: t(`work.${one}`) }))} chosen={work} onChange={(chosen) => setWork(WORK.filter((one) => chosen.includes(one)))} error={bad("work")} />
        </div>
        <div className="row sheet-foot">
          <Button type="submit" loading={save.isPending} data-testid="save-agent">
            {t("common.save")}
          </Button>
          <FormProblems error={save.error} shown={["queues", "skills", "team", "weights", "work"]} />
        </div>
      </form>
    </Sheet>
  );
}
