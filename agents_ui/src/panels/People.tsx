import { NativeSelect, PasswordInput, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/rest";
import type { Role, User } from "@/api/types";
import { Button } from "@/components/Button";
import { useNames } from "@/components/names";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { asLanguage } from "@/i18n";
import { useQueueSettings } from "@/data/queues";
import { useSaveUser, useUsers } from "@/data/users";

const LEVELS = Array.from({ length: 10 }, (_, index) => index + 1);

/** Skills that a queue asks for or somebody has. */
function useKnownSkills(users: readonly User[]): readonly string[] {
  const queues = useQueueSettings();
  return useMemo(() => {
    const found = [...(queues.data?.items ?? []).flatMap((queue) => queue.required), ...users.flatMap((user) => user.skills)];
    return [...new Set(found.map(({ skill }) => skill))].sort();
  }, [queues.data, users]);
}

const ROLES: readonly Role[] = ["operator", "supervisor", "campaign_manager", "administrator"];

/** The administrator's list of who may sign in. */
export default function People() {
  const { t } = useTranslation();
  const names = useNames();
  const users = useUsers();
  const [edited, setEdited] = useState<User | "new" | null>(null);
  return (
    <section className="panel" data-testid="people">
      <header>
        <h2 className="grow">{t("people.title")}</h2>
        <Button size="xs" onClick={() => setEdited("new")} data-testid="new-user">
          {t("people.new")}
        </Button>
      </header>
      {users.error !== null ? (
        <Failed error={users.error} retry={() => void users.refetch()} />
      ) : users.data === undefined ? (
        <Skeletons rows={5} />
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th>{t("people.name")}</th>
              <th>{t("people.login")}</th>
              <th>{t("people.role")}</th>
              <th>{t("people.station")}</th>
              <th>{t("people.queues")}</th>
              <th>{t("people.skills")}</th>
              <th>{t("people.access")}</th>
            </tr>
          </thead>
          <tbody>
            {users.data.items.map((user) => (
              <tr key={user.login} data-testid={`user-row-${user.login}`}>
                <td>
                  <button type="button" className="link-button" onClick={() => setEdited(user)}>
                    {user.name}
                  </button>
                </td>
                <td>{user.login}</td>
                <td>{t(`role.${user.role}`)}</td>
                <td>{user.station ?? ""}</td>
                <td>{user.queues.map((queue) => names.queue(queue)).join(", ")}</td>
                <td>{user.skills.map(({ skill, level }) => `${skill} ${level}`).join(", ")}</td>
                <td className={user.active ? "" : "muted"}>{user.active ? t("people.active") : t("people.inactive")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {edited === null ? null : <UserSheet user={edited === "new" ? null : edited} users={users.data?.items ?? []} onClose={() => setEdited(null)} />}
    </section>
  );
}

function UserSheet({ user, users, onClose }: { user: User | null; users: readonly User[]; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { site } = useNames();
  const save = useSaveUser();
  const [login, setLogin] = useState(user?.login ?? "");
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState<Role>(user?.role ?? "operator");
  const [password, setPassword] = useState("");
  const [station, setStation] = useState(user?.station ?? "");
  const [active, setActive] = useState(user?.active ?? true);
  const [queues, setQueues] = useState<readonly string[]>(user?.queues ?? []);
  const [skills, setSkills] = useState<ReadonlyMap<string, number>>(() => new Map(user?.skills.map(({ skill, level }) => [skill, level])));
  const known = useKnownSkills(users);
  const bad = (field: string): string | null => {
    const message = save.error instanceof ProblemError ? save.error.fields.get(field) : undefined;
    return message ?? null;
  };
  const submit = (): void => {
    const common = { name: name.trim(), role, station: station.trim() === "" ? null : station.trim(), queues: [...queues], skills: [...skills].map(([skill, level]) => ({ skill, level })) };
    save.mutate(
      user === null
        ? { create: { login: login.trim().toLowerCase(), password, language: asLanguage(i18n.language), ...common } }
        : { login: user.login, patch: { ...common, active, ...(password === "" ? {} : { password }) } },
      { onSuccess: onClose },
    );
  };
  return (
    <Sheet title={user === null ? t("people.new") : user.name} onClose={onClose} testId="user-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="form-grid">
          <TextInput label={t("people.login")} required withAsterisk={false} disabled={user !== null} value={login} error={bad("login")} onChange={(event) => setLogin(event.target.value)} data-testid="user-login" data-autofocus={user === null ? true : undefined} />
          <TextInput label={t("people.name")} required withAsterisk={false} value={name} error={bad("name")} onChange={(event) => setName(event.target.value)} data-testid="user-name" />
          <NativeSelect label={t("people.role")} value={role} data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))} onChange={(event) => setRole(ROLES.find((value) => value === event.target.value) ?? "operator")} data-testid="user-role" />
          <TextInput label={t("people.station")} placeholder={t("people.stationHint")} value={station} error={bad("station")} onChange={(event) => setStation(event.target.value)} data-testid="user-station" />
          <PasswordInput className="wide" label={user === null ? t("people.password") : t("people.newPassword")} description={t("people.passwordHint")} required={user === null} withAsterisk={false} minLength={10} autoComplete="new-password" value={password} error={bad("password")} onChange={(event) => setPassword(event.target.value)} data-testid="user-password" visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} />
          <fieldset className="wide">
            <legend>{t("people.queues")}</legend>
            <div className="options">
              {(site?.queues ?? []).map((queue) => (
                <label key={queue.id}>
                  <input type="checkbox" checked={queues.includes(queue.id)} onChange={(event) => setQueues(event.target.checked ? [...queues, queue.id] : queues.filter((id) => id !== queue.id))} />
                  {queue.name}
                </label>
              ))}
            </div>
          </fieldset>
          <fieldset className="wide">
            <legend>{t("people.skills")}</legend>
            {known.length === 0 ? <p className="muted">{t("people.noSkills")}</p> : null}
            <div className="options">
              {known.map((skill) => (
                <label key={skill}>
                  <select
                    data-testid={`user-skill-${skill}`}
                    aria-label={t("people.skillLevel", { skill })}
                    value={skills.get(skill) ?? 0}
                    onChange={(event) => {
                      const next = new Map(skills);
                      const level = Number(event.target.value);
                      if (level === 0) next.delete(skill);
                      else next.set(skill, level);
                      setSkills(next);
                    }}
                  >
                    <option value={0}>{t("people.noSkill")}</option>
                    {LEVELS.map((level) => (
                      <option key={level} value={level}>
                        {level}
                      </option>
                    ))}
                  </select>
                  {skill}
                </label>
              ))}
            </div>
          </fieldset>
          {user === null ? null : (
            <label className="row wide">
              <input type="checkbox" checked={active} onChange={(event) => setActive(event.target.checked)} />
              {t("people.mayLogin")}
            </label>
          )}
        </div>
        <div className="row" style={{ marginTop: 16 }}>
          <Button type="submit" loading={save.isPending} data-testid="save-user">
            {t("people.save")}
          </Button>
          <ProblemText error={save.error} />
        </div>
      </form>
    </Sheet>
  );
}
