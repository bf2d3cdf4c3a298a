import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Failed, Skeletons } from "@/components/Problem";
import { useEmergency, useFlows, usePrompts } from "@/data/plan";
import { duration, useFormat } from "@/i18n/format";
import { promptUse } from "./promptUse";
import { asBuiltIn, usePromptWords } from "./stepWords";

export function Prompts() {
  const { t } = useTranslation("plan");
  const format = useFormat();
  const said = usePromptWords();
  const prompts = usePrompts();
  const flows = useFlows();
  const emergency = useEmergency();
  const error = prompts.error ?? flows.error;
  const uses = prompts.data === undefined || flows.data === undefined ? undefined : promptUse(prompts.data.items, flows.data.items, emergency.data?.prompt ?? null);
  return (
    <section className="panel" data-testid="prompts">
      <header>
        <h2 className="grow">{t("tabs.prompts")}</h2>
      </header>
      {error !== null ? (
        <Failed error={error} retry={() => { void prompts.refetch(); void flows.refetch(); }} />
      ) : uses === undefined ? (
        <Skeletons rows={4} />
      ) : uses.length === 0 ? (
        <p className="empty">{t("prompts.none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("prompts.name")}</th>
              <th>{t("prompts.recorded")}</th>
              <th>{t("prompts.flows")}</th>
              <th>{t("prompts.uploaded")}</th>
            </tr>
          </thead>
          <tbody>
            {uses.map(({ name, recordings, flows: users, missing }) => (
              <tr key={name} data-testid={`prompt-${name}`}>
                <td>
                  <code>{name}</code>
                  {asBuiltIn(name) === undefined ? null : <p className="hint">{said(name)}</p>}
                </td>
                <td>
                  {recordings.map(({ language, seconds }) => (
                    <span key={language} className="chip">
                      {language} <span className="num">{duration(Math.ceil(seconds))}</span>
                    </span>
                  ))}
                  {missing.map((language) => (
                    <span key={language} className="chip hot" data-testid="prompt-missing">
                      {t("prompts.missing", { language })}
                    </span>
                  ))}
                </td>
                <td>
                  {users.map((flow) => (
                    <Link key={flow.id} href={`/routing/flows/${encodeURIComponent(flow.id)}`} className="spaced">
                      {flow.name}
                    </Link>
                  ))}
                </td>
                <td className="muted">{recordings.map((one) => `${format.when(one.uploaded_at)}, ${one.uploaded_by}`).join("; ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
