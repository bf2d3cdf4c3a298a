import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SkillChoice, Team } from "@/api/types";
import { Button } from "@/components/Button";
import { useNames } from "@/components/names";
import { Failed, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { putSkill, putTeam, removeSkill, removeTeam, useChange, useQueueSettings, useRoutings, useSkills, useTeams } from "@/data/plan";
import { FormProblems, RemoveButton, Ticks, useFieldErrors, useLevels } from "./parts";

export function Skills({ mayEdit }: { mayEdit: boolean }) {
  return (
    <div className="halves">
      <SkillList mayEdit={mayEdit} />
      <TeamList mayEdit={mayEdit} />
    </div>
  );
}

function SkillList({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation("plan");
  const skills = useSkills();
  const queues = useQueueSettings();
  const agents = useRoutings();
  const levels = useLevels();
  const [edited, setEdited] = useState<SkillChoice | "new" | null>(null);
  const asked = (skill: string) => (queues.data?.items ?? []).filter((queue) => [...queue.required, ...queue.rings.flatMap((ring) => ring.required ?? [])].some((one) => one.skill === skill));
  return (
    <section className="panel" data-testid="skills">
      <header>
        <h2 className="grow">{t("skills.title")}</h2>
        {mayEdit ? (
          <Button size="xs" onClick={() => setEdited("new")} data-testid="new-skill">
            {t("skills.new")}
          </Button>
        ) : null}
      </header>
      {skills.error !== null ? (
        <Failed error={skills.error} retry={() => void skills.refetch()} />
      ) : skills.data === undefined ? (
        <Skeletons rows={4} />
      ) : skills.data.items.length === 0 ? (
        <p className="empty">{t("skills.none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("skills.name")}</th>
              <th>{t("common.id")}</th>
              <th className="right">{t("skills.held")}</th>
              <th>{t("skills.asked")}</th>
            </tr>
          </thead>
          <tbody>
            {skills.data.items.map((skill) => (
              <tr key={skill.id} data-testid={`skill-${skill.id}`}>
                <td>
                  <button type="button" className="link-button" onClick={() => setEdited(skill)}>
                    {levels([{ skill: skill.id, level: 0 }]).replace(/ 0$/, "")}
                  </button>
                </td>
                <td className="muted">{skill.id}</td>
                <td className="right num">{(agents.data?.items ?? []).filter((agent) => agent.skills.some((one) => one.skill === skill.id)).length}</td>
                <td>{asked(skill.id).map((queue) => queue.name).join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {edited === null ? null : <SkillSheet skill={edited === "new" ? null : edited} mayEdit={mayEdit} onClose={() => setEdited(null)} />}
    </section>
  );
}

function SkillSheet({ skill, mayEdit, onClose }: { skill: SkillChoice | null; mayEdit: boolean; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const [form, setForm] = useState<SkillChoice>(skill ?? { id: "", ru: "", en: "" });
  const save = useChange(putSkill);
  const remove = useChange(removeSkill);
  const { bad } = useFieldErrors(save.error);
  return (
    <Sheet title={skill === null ? t("skills.new") : t("skills.skill", { id: skill.id })} onClose={onClose} testId="skill-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ ...form, id: form.id.trim() }, { onSuccess: onClose });
        }}
      >
        <fieldset disabled={!mayEdit} className="form-grid">
          {skill === null ? (
            <TextInput className="wide" label={t("common.id")} description={t("common.idHint")} required withAsterisk={false} value={form.id} error={bad("skill")} onChange={(event) => setForm({ ...form, id: event.target.value })} data-testid="skill-id" data-autofocus />
          ) : null}
          <TextInput label={t("common.inRussian")} required withAsterisk={false} value={form.ru} error={bad("ru")} onChange={(event) => setForm({ ...form, ru: event.target.value })} data-testid="skill-ru" data-autofocus={skill === null ? undefined : true} />
          <TextInput label={t("common.inEnglish")} required withAsterisk={false} value={form.en} error={bad("en")} onChange={(event) => setForm({ ...form, en: event.target.value })} data-testid="skill-en" />
        </fieldset>
        {mayEdit ? (
          <div className="row sheet-foot">
            <Button type="submit" loading={save.isPending} data-testid="save-skill">
              {t("common.save")}
            </Button>
            <div className="grow">
              <FormProblems error={save.error ?? remove.error} shown={["skill", "ru", "en"]} />
            </div>
            {skill === null ? null : <RemoveButton label={t("common.remove")} busy={remove.isPending} onRemove={() => remove.mutate(skill.id, { onSuccess: onClose })} testId="remove-skill" />}
          </div>
        ) : null}
      </form>
    </Sheet>
  );
}

function TeamList({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation("plan");
  const names = useNames();
  const teams = useTeams();
  const agents = useRoutings();
  const [edited, setEdited] = useState<Team | "new" | null>(null);
  return (
    <section className="panel" data-testid="teams">
      <header>
        <h2 className="grow">{t("teams.title")}</h2>
        {mayEdit ? (
          <Button size="xs" onClick={() => setEdited("new")} data-testid="new-team">
            {t("teams.new")}
          </Button>
        ) : null}
      </header>
      {teams.error !== null ? (
        <Failed error={teams.error} retry={() => void teams.refetch()} />
      ) : teams.data === undefined ? (
        <Skeletons rows={4} />
      ) : teams.data.items.length === 0 ? (
        <p className="empty">{t("teams.none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("teams.name")}</th>
              <th>{t("teams.members")}</th>
              <th>{t("teams.queues")}</th>
            </tr>
          </thead>
          <tbody>
            {teams.data.items.map((team) => (
              <tr key={team.id} data-testid={`team-${team.id}`}>
                <td>
                  <button type="button" className="link-button" onClick={() => setEdited(team)}>
                    {team.name}
                  </button>
                </td>
                <td>{(agents.data?.items ?? []).filter((agent) => agent.team === team.id).map((agent) => agent.name).join(", ")}</td>
                <td>{(team.queues ?? []).map((queue) => names.queue(queue)).join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {edited === null ? null : <TeamSheet team={edited === "new" ? null : edited} mayEdit={mayEdit} onClose={() => setEdited(null)} />}
    </section>
  );
}

function TeamSheet({ team, mayEdit, onClose }: { team: Team | null; mayEdit: boolean; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const { site } = useNames();
  const [form, setForm] = useState<Team>(team ?? { id: "", name: "", queues: [] });
  const save = useChange(putTeam);
  const remove = useChange(removeTeam);
  const { bad } = useFieldErrors(save.error);
  return (
    <Sheet title={team === null ? t("teams.new") : team.name} onClose={onClose} testId="team-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ ...form, id: form.id.trim() }, { onSuccess: onClose });
        }}
      >
        <fieldset disabled={!mayEdit} className="form-grid">
          {team === null ? (
            <TextInput label={t("common.id")} description={t("common.idHint")} required withAsterisk={false} value={form.id} error={bad("team")} onChange={(event) => setForm({ ...form, id: event.target.value })} data-testid="team-id" data-autofocus />
          ) : null}
          <TextInput label={t("teams.name")} required withAsterisk={false} value={form.name} error={bad("name")} onChange={(event) => setForm({ ...form, name: event.target.value })} data-testid="team-name" data-autofocus={team === null ? undefined : true} />
          <Ticks legend={t("teams.queues")} options={(site?.queues ?? []).map(({ id, name }) => ({ value: id, label: name }))} chosen={form.queues ?? []} onChange={(queues) => setForm({ ...form, queues })} error={bad("queues")} />
          <p className="hint wide">{t("teams.hint")}</p>
        </fieldset>
        {mayEdit ? (
          <div className="row sheet-foot">
            <Button type="submit" loading={save.isPending} data-testid="save-team">
              {t("common.save")}
            </Button>
            <div className="grow">
              <FormProblems error={save.error ?? remove.error} shown={["team", "name", "queues"]} />
            </div>
            {team === null ? null : <RemoveButton label={t("common.remove")} busy={remove.isPending} onRemove={() => remove.mutate(team.id, { onSuccess: onClose })} />}
          </div>
        ) : null}
      </form>
    </Sheet>
  );
}
