import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import type { ScriptSummary } from "@/api/types";
import { Button } from "@/components/Button";
import { useNames } from "@/components/names";
import { Failed, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { useScript, useScripts } from "@/data/scripts";
import { useFormat } from "@/i18n/format";
import { keepDraft, useDraft } from "./draft";
import { emptyScript } from "./edit";
import { ScriptEditor } from "./ScriptEditor";
import "@/theme/scripts.css";

/** Scripts: the list, or one of them in its editor. */
export function Scripts({ script }: { script: string | undefined }) {
  const scripts = useScripts();
  if (scripts.error !== null) return <Failed error={scripts.error} retry={() => void scripts.refetch()} />;
  if (scripts.data === undefined) return <Skeletons rows={6} />;
  if (script !== undefined) return <One key={script} id={script} known={scripts.data.items.some(({ id }) => id === script)} />;
  return <List scripts={scripts.data.items} />;
}

function One({ id, known }: { id: string; known: boolean }) {
  const { t } = useTranslation("scripts");
  const draft = useDraft(id);
  if (known) return <Known id={id} />;
  if (draft !== null) return <ScriptEditor id={id} saved={null} />;
  return (
    <div className="panel empty">
      <p>{t("gone", { id })}</p>
      <Link href="/routing/scripts">{t("all")}</Link>
    </div>
  );
}

function Known({ id }: { id: string }) {
  const script = useScript(id);
  if (script.error !== null) return <Failed error={script.error} retry={() => void script.refetch()} />;
  return script.data === undefined ? <Skeletons rows={6} /> : <ScriptEditor id={id} saved={script.data} />;
}

function List({ scripts }: { scripts: readonly ScriptSummary[] }) {
  const { t } = useTranslation("scripts");
  const names = useNames();
  const format = useFormat();
  const [creating, setCreating] = useState(false);
  return (
    <section className="panel" data-testid="scripts">
      <header>
        <h2 className="grow">{t("tab")}</h2>
        <Button size="xs" onClick={() => setCreating(true)} data-testid="new-script">
          {t("new")}
        </Button>
      </header>
      {scripts.length === 0 ? (
        <p className="empty">{t("none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("name")}</th>
              <th>{t("state")}</th>
              <th>{t("queues")}</th>
              <th>{t("changed")}</th>
            </tr>
          </thead>
          <tbody>
            {scripts.map((script) => (
              <tr key={script.id} data-testid={`script-${script.id}`}>
                <td>
                  <Link href={`/routing/scripts/${encodeURIComponent(script.id)}`}>{script.name}</Link>
                </td>
                <td>{script.published === null ? t("draftOnly") : t("published", { version: script.published })}</td>
                <td>{script.queues.map(names.queue).join(", ")}</td>
                <td className="muted">
                  {script.latest.by}, {format.when(script.latest.at)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {creating ? <NewScript taken={scripts.map(({ id }) => id)} onClose={() => setCreating(false)} /> : null}
    </section>
  );
}

const CODE = /^[A-Za-z0-9_.-]{1,64}$/;
// Addresses of their own on the server.
const RESERVED = ["check", "preview"];

function NewScript({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation("scripts");
  const [, go] = useLocation();
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const wrong = !CODE.test(id) ? t("badId") : taken.includes(id) || RESERVED.includes(id) ? t("taken") : null;
  return (
    <Sheet title={t("new")} onClose={onClose} testId="script-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (wrong !== null || name.trim() === "") return;
          keepDraft(id, emptyScript(name.trim()));
          go(`/routing/scripts/${encodeURIComponent(id)}`);
        }}
      >
        <div className="form-grid">
          <TextInput label={t("id")} description={t("idHint")} value={id} error={tried ? wrong : null} onChange={(event) => setId(event.target.value.trim())} data-testid="script-id" data-autofocus />
          <TextInput label={t("name")} required withAsterisk={false} value={name} onChange={(event) => setName(event.target.value)} data-testid="script-name" />
        </div>
        <div className="row sheet-foot">
          <Button type="submit" data-testid="create-script">
            {t("create")}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}
