import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ScriptDocument, ScriptSettings } from "@/api/types";
import { Button } from "@/components/Button";
import { Failed, Skeletons } from "@/components/Problem";
import { useScriptVersion } from "@/data/scripts";
import { useFormat } from "@/i18n/format";
import { differences } from "./edit";

/** Who saved what and when; each can be looked at beside the one before it, and taken up again. */
export function Versions({ script, onRestore }: { script: ScriptSettings; onRestore: (document: ScriptDocument) => void }) {
  const { t } = useTranslation("scripts");
  const format = useFormat();
  const [shown, setShown] = useState<number | null>(null);
  return (
    <section className="panel script-versions" data-testid="script-versions">
      <header>
        <h2>{t("versions")}</h2>
      </header>
      <ol className="version-list">
        {script.versions.map(({ version, by, at }) => (
          <li key={version} data-testid={`version-${version}`}>
            <div className="row">
              <strong className="nowrap">{t("version", { version })}</strong>
              {version === script.published ? <span className="chip">{t("current")}</span> : null}
              <span className="grow" />
              <Button size="compact-sm" variant="default" aria-expanded={shown === version} onClick={() => setShown(shown === version ? null : version)} data-testid={`show-${version}`}>
                {t("show")}
              </Button>
            </div>
            <p className="muted small">
              {by}, {format.when(at)}
            </p>
            {shown === version ? <Changes script={script.id} version={version} onRestore={version === script.latest.version ? null : onRestore} /> : null}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Changes({ script, version, onRestore }: { script: string; version: number; onRestore: ((document: ScriptDocument) => void) | null }) {
  const { t } = useTranslation("scripts");
  const now = useScriptVersion(script, version);
  const before = useScriptVersion(script, version - 1, version > 1);
  const error = now.error ?? before.error;
  if (error !== null) return <Failed error={error} retry={() => void now.refetch()} />;
  if (now.data === undefined || (version > 1 && before.data === undefined)) return <Skeletons rows={2} />;
  const found = before.data === undefined ? [] : differences(before.data.document, now.data.document);
  const { document } = now.data;
  return (
    <div className="version-diff" data-testid="version-diff">
      {version === 1 ? <p className="muted">{t("first")}</p> : found.length === 0 ? <p className="muted">{t("same")}</p> : null}
      <ul>
        {found.map((one) => (
          <li key={one.place}>
            <span className="muted">{one.place}:</span> {one.before === null ? null : <del>{one.before}</del>} {one.after === null ? null : <ins>{one.after}</ins>}
          </li>
        ))}
      </ul>
      {onRestore === null ? null : (
        <Button size="xs" variant="default" style={{ marginTop: 6 }} onClick={() => onRestore(document)} data-testid="restore-version">
          {t("restore")}
        </Button>
      )}
    </div>
  );
}
