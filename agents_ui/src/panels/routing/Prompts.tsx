import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { MissingPrompt, Recording } from "@/api/types";
import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { usePlayer } from "@/components/player";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { useChange, useFlows, usePrompts } from "@/data/plan";
import { audioOf, putPrompt, removePrompt } from "@/data/prompts";
import { duration, useFormat } from "@/i18n/format";
import { FormProblems, RemoveButton, useFieldErrors } from "./parts";
import { asBuiltIn, usePromptWords } from "./stepWords";

type Row = { readonly name: string; readonly recordings: readonly Recording[]; readonly missing: readonly MissingPrompt[]; readonly flows: readonly string[] };
type Wanted = { readonly name: string; readonly language: string };

/** What is missing comes first: callers would not hear it. */
function rowsOf(recorded: readonly Recording[], missing: readonly MissingPrompt[]): readonly Row[] {
  const names = [...new Set([...missing.map(({ id }) => id), ...recorded.map(({ id }) => id)])];
  const rows = names.map((name) => {
    const recordings = recorded.filter(({ id }) => id === name);
    const lacking = missing.filter(({ id }) => id === name);
    return { name, recordings, missing: lacking, flows: [...new Set([...recordings, ...lacking].flatMap(({ flows }) => flows))] };
  });
  return rows.sort((a, b) => b.missing.length - a.missing.length || (a.name < b.name ? -1 : 1));
}

export function Prompts({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation("plan");
  const format = useFormat();
  const said = usePromptWords();
  const prompts = usePrompts();
  const flows = useFlows();
  const remove = useChange(removePrompt);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const player = usePlayer();
  return (
    <section className="panel" data-testid="prompts">
      <header>
        <h2 className="grow">{t("tabs.prompts")}</h2>
        <ProblemText error={remove.error} />
        {player.failed !== null ? <p className="error-text">{t("prompts.cannotPlay")}</p> : null}
        {mayEdit ? (
          <Button size="xs" onClick={() => setWanted({ name: "", language: "ru" })} data-testid="upload-prompt">
            {t("prompts.upload")}
          </Button>
        ) : null}
      </header>
      {prompts.error !== null ? (
        <Failed error={prompts.error} retry={() => void prompts.refetch()} />
      ) : prompts.data === undefined ? (
        <Skeletons rows={4} />
      ) : prompts.data.items.length + prompts.data.missing.length === 0 ? (
        <p className="empty">{t("prompts.none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("prompts.name")}</th>
              <th>{t("prompts.recorded")}</th>
              <th>{t("prompts.flows")}</th>
            </tr>
          </thead>
          <tbody>
            {rowsOf(prompts.data.items, prompts.data.missing).map((row) => (
              <tr key={row.name} data-testid={`prompt-${row.name}`}>
                <td>
                  <code>{row.name}</code>
                  {asBuiltIn(row.name) === undefined ? null : <p className="hint">{said(row.name)}</p>}
                </td>
                <td>
                  {row.recordings.map((one) => (
                    <div key={one.language} className="row recording">
                      <span className="chip">{one.language}</span>
                      <PlayButton player={player} name={row.name} language={one.language} />
                      <span className="num">{duration(Math.ceil(one.seconds))}</span>
                      <span className="muted">{`${format.when(one.uploaded_at)}, ${one.uploaded_by}`}</span>
                      {one.problem === null ? null : <span className="hot">{one.problem}</span>}
                      {mayEdit ? <RemoveButton label={t("common.remove")} busy={false} onRemove={() => remove.mutate({ prompt: row.name, language: one.language })} /> : null}
                    </div>
                  ))}
                  {row.missing.map((one) => (
                    <div key={one.language} className="row recording">
                      <span className="chip hot" data-testid="prompt-missing">
                        {t("prompts.missing", { language: one.language })}
                      </span>
                      <span className="muted">{one.instead === null ? t("prompts.nothing") : t("prompts.instead", { language: one.instead })}</span>
                      {mayEdit ? (
                        <button type="button" className="link-button" onClick={() => setWanted({ name: row.name, language: one.language })}>
                          {t("prompts.uploadThis")}
                        </button>
                      ) : null}
                    </div>
                  ))}
                </td>
                <td>
                  {row.flows.map((flow) => (
                    <Link key={flow} href={`/routing/flows/${encodeURIComponent(flow)}`} className="spaced">
                      {flows.data?.items.find(({ id }) => id === flow)?.name ?? flow}
                    </Link>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {wanted === null ? null : <UploadSheet wanted={wanted} onClose={() => setWanted(null)} />}
    </section>
  );
}

function PlayButton({ player, name, language }: { player: ReturnType<typeof usePlayer>; name: string; language: string }) {
  const { t } = useTranslation("plan");
  const address = audioOf(name, language);
  const playing = player.playing === address;
  return (
    <button type="button" className="icon-button small" aria-pressed={playing} aria-label={t("prompts.play", { name, language })} onClick={() => player.toggle(address)} data-testid="play-prompt">
      <Icon name={playing ? "stop" : "play"} size={14} />
    </button>
  );
}

function UploadSheet({ wanted, onClose }: { wanted: Wanted; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const said = usePromptWords();
  const [name, setName] = useState(wanted.name);
  const [language, setLanguage] = useState(wanted.language);
  const [file, setFile] = useState<File | null>(null);
  const save = useChange(putPrompt);
  const { bad } = useFieldErrors(save.error);
  return (
    <Sheet title={t("prompts.upload")} onClose={onClose} testId="prompt-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (file !== null) save.mutate({ prompt: name.trim(), language: language.trim(), file }, { onSuccess: onClose });
        }}
      >
        <div className="form-grid">
          <TextInput label={t("prompts.name")} description={t("prompts.nameHint")} required withAsterisk={false} value={name} error={bad("prompt") ?? bad("name")} onChange={(event) => setName(event.target.value)} data-testid="prompt-name" data-autofocus={wanted.name === "" ? true : undefined} />
          <TextInput label={t("flows.language")} required withAsterisk={false} value={language} error={bad("language")} onChange={(event) => setLanguage(event.target.value)} data-testid="prompt-language" />
          {asBuiltIn(name) === undefined ? null : <p className="hint wide">{t("prompts.mustSay", { words: said(name) })}</p>}
          <TextInput className="wide" type="file" accept="audio/wav,audio/mpeg,.wav,.mp3" label={t("prompts.file")} description={t("prompts.fileHint")} required withAsterisk={false} onChange={(event) => setFile(event.target.files?.[0] ?? null)} data-testid="prompt-file" />
        </div>
        <div className="row sheet-foot">
          <Button type="submit" loading={save.isPending} disabled={file === null} data-testid="save-prompt">
            {t("common.save")}
          </Button>
          <FormProblems error={save.error} shown={["prompt", "name", "language"]} />
        </div>
      </form>
    </Sheet>
  );
}
