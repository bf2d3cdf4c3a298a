import { Button, NativeSelect, PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/rest";
import type { Role, User } from "@/api/types";
import { useNames } from "@/components/names";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { useSaveUser, useUsers } from "@/data/users";

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
                <td className={user.active ? "" : "muted"}>{user.active ? t("people.active") : t("people.inactive")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {edited === null ? null : <UserSheet user={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
    </section>
  );
}

function UserSheet({ user, onClose }: { user: User | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { site } = useNames();
  const save = useSaveUser();
  const [login, setLogin] = useState(user?.login ?? "");
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState<Role>(user?.role ?? "operator");
  const [password, setPassword] = useState("");
  const [station, setStation] = useState(user?.station ?? "");
  const [active, setActive] = useState(user?.active ?? true);
  const [queues, setQueues] = useState<readonly string[]>(user?.queues ?? []);
  const bad = (field: string): string | null => {
    const message = save.error instanceof ProblemError ? save.error.fields.get(field) : undefined;
    return message ?? null;
  };
  const submit = (): void => {
    const common = { name: name.trim(), role, station: station.trim() === "" ? null : station.trim(), queues: [...queues] };
    save.mutate(
      user === null
        ? { create: { login: login.trim().toLowerCase(), password, language: "ru", skills: [], ...common } }
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
          <TextInput label={t("people.station")} description={t("people.stationHint")} value={station} error={bad("station")} onChange={(event) => setStation(event.target.value)} data-testid="user-station" />
          <PasswordInput className="wide" label={user === null ? t("people.password") : t("people.newPassword")} description={t("people.passwordHint")} required={user === null} withAsterisk={false} minLength={10} autoComplete="new-password" value={password} error={bad("password")} onChange={(event) => setPassword(event.target.value)} data-testid="user-password" visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} />
          <fieldset className="wide" style={{ border: 0, padding: 0, margin: 0 }}>
            <legend className="label" style={{ marginBottom: 4 }}>
              {t("people.queues")}
            </legend>
            <div className="row" style={{ flexWrap: "wrap", gap: "4px 18px" }}>
              {(site?.queues ?? []).map((queue) => (
                <label key={queue.id} className="row" style={{ gap: 6 }}>
                  <input type="checkbox" checked={queues.includes(queue.id)} onChange={(event) => setQueues(event.target.checked ? [...queues, queue.id] : queues.filter((id) => id !== queue.id))} />
                  {queue.name}
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
