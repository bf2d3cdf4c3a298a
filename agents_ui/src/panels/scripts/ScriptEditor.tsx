import { TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { serverNow } from "@/api/clock";
import { ProblemError } from "@/api/rest";
import type { ScriptDocument, ScriptMistake, ScriptSettings } from "@/api/types";
import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { changedTo } from "@/data/autosave";
import { localText } from "@/data/localTime";
import { assignScript, checkScript, publishScript, saveScript, useScriptChange, withdrawScript } from "@/data/scripts";
import { Ticks } from "../routing/parts";
import { dropDraft, keepDraft, useDraft } from "./draft";
import { freeName, newStep, raised, renamed, replaced, titleOf, without, type Language } from "./edit";
import { MistakeLines, within } from "./mistakes";
import { StepEditor } from "./StepEditor";
import { Versions } from "./Versions";
import { Walker } from "./Walker";
import type { Answers } from "./walk";

const CHECK_AFTER_MS = 400;
const LANGUAGES = ["ru", "en"] as const satisfies readonly Language[];
const NOTHING: readonly ScriptMistake[] = [];

/** One script: its steps, the one that is chosen, a preview that walks as the operator would, and its versions. */
export function ScriptEditor({ id, saved }: { id: string; saved: ScriptSettings | null }) {
  const { t } = useTranslation("scripts");
  const names = useNames();
  const draft = useDraft(id);
  const script = draft ?? saved?.document ?? null;
  // What the draft was begun on, so that another's save in between is told and not overwritten.
  const [base, setBase] = useState(saved?.latest.version ?? 0);
  const [at, setAt] = useState(0);
  const save = useScriptChange(saveScript);
  const publish = useScriptChange(publishScript);
  const withdraw = useScriptChange(withdrawScript);
  const assign = useScriptChange(assignScript);
  const check = useCheck(script);
  if (script === null) return null;
  const edit = (next: ScriptDocument): void => {
    if (draft === null) setBase(saved?.latest.version ?? 0);
    save.reset();
    publish.reset();
    keepDraft(id, next);
  };
  const index = Math.min(at, script.steps.length - 1);
  const errors = check.filter(({ severity }) => severity === "error").length;
  const elsewhere = check.filter(({ place }) => !/^steps\.\d/.test(place));
  const changed = changedTo(save.error);
  const submit = (): void => {
    save.mutate(
      { id, base, document: script },
      {
        onSuccess: (answer) => {
          setBase(answer.latest.version);
          dropDraft(id);
        },
      },
    );
  };
  const add = (): void => {
    edit({ ...script, steps: [...script.steps, newStep(freeName(script.steps.map(({ id: name }) => name), "step"))] });
    setAt(script.steps.length);
  };
  return (
    <div className="script-editor" data-testid="script-editor">
      <section className="panel script-head">
        <div className="panel-head">
          <Link href="/routing/scripts" className="icon-button" aria-label={t("all")} title={t("all")}>
            <Icon name="back" size={16} />
          </Link>
          <h2>{script.name}</h2>
          {draft === null ? null : (
            <span className="chip" data-testid="script-unsaved">
              {t("unsaved")}
            </span>
          )}
          <span className="muted">{saved?.published == null ? t("draftOnly") : t("published", { version: saved.published })}</span>
          <span className="grow" />
          <span className="check-state" data-tone={errors > 0 ? "error" : "fine"} role="status" data-testid="script-check">
            {errors > 0 ? t("errors", { count: errors }) : t("fine")}
          </span>
          {saved?.published == null ? null : (
            <Button size="xs" variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate(id)} data-testid="withdraw-script">
              {t("withdraw")}
            </Button>
          )}
          {saved !== null && draft === null && saved.published !== saved.latest.version ? (
            <Button size="xs" loading={publish.isPending} disabled={errors > 0} onClick={() => publish.mutate({ id, version: saved.latest.version })} data-testid="publish-script">
              {t("publish", { version: saved.latest.version })}
            </Button>
          ) : null}
          <Button size="xs" loading={save.isPending} disabled={draft === null} onClick={submit} data-testid="save-script">
            {t("save")}
          </Button>
        </div>
        <div className="form-grid padded">
          <TextInput label={t("name")} value={script.name} maxLength={200} onChange={(event) => edit({ ...script, name: event.target.value })} data-testid="edit-script-name" />
          <Ticks legend={t("languages")} options={LANGUAGES.map((value) => ({ value, label: t(value) }))} chosen={script.languages ?? []} onChange={(chosen) => edit({ ...script, languages: LANGUAGES.filter((language) => chosen.includes(language)) })} />
          {saved === null ? null : (
            <Ticks legend={t("queues")} options={(names.site?.queues ?? []).map((queue) => ({ value: queue.id, label: queue.name }))} chosen={saved.queues} onChange={(queues) => assign.mutate({ id, queues })} />
          )}
        </div>
        <div className="padded-x">
          {errors > 0 ? <p className="muted small">{t("refused")}</p> : null}
          {changed === null ? (
            <ProblemText error={save.error ?? publish.error ?? withdraw.error ?? assign.error} />
          ) : (
            <p className="error-text" role="alert">
              {t("changedBy", { version: changed })}{" "}
              <button type="button" className="link-button" onClick={() => { setBase(changed); save.reset(); }}>
                {t("goOn")}
              </button>
            </p>
          )}
          <MistakeLines mistakes={elsewhere} />
        </div>
      </section>
      <section className="panel script-list" aria-label={t("steps")}>
        <header>
          <h2 className="grow">{t("steps")}</h2>
          <Button size="xs" variant="default" onClick={add} data-testid="add-step">
            {t("addStep")}
          </Button>
        </header>
        <ol className="script-steps" data-testid="script-steps">
          {script.steps.map((_step, place) => (
            <StepLine
              key={place}
              script={script}
              index={place}
              bad={within(check, `steps.${place}`).some(({ severity }) => severity === "error")}
              current={place === index}
              onChoose={() => setAt(place)}
              onUp={place === 0 ? null : () => { edit({ ...script, steps: raised(script.steps, place) }); setAt(place - 1); }}
            />
          ))}
        </ol>
      </section>
      <StepEditor
        script={script}
        index={index}
        mistakes={check}
        onChange={(step) => edit({ ...script, steps: replaced(script.steps, index, step) })}
        onRename={(name) => edit(renamed(script, index, name))}
        onRemove={() => { edit({ ...script, steps: without(script.steps, index) }); setAt(Math.max(0, index - 1)); }}
        onStart={() => edit({ ...script, start: script.steps[index]?.id ?? script.start })}
      />
      <div className="column">
        <Preview script={script} />
        {saved === null ? null : <Versions script={saved} onRestore={edit} />}
      </div>
    </div>
  );
}

type LineProps = { script: ScriptDocument; index: number; bad: boolean; current: boolean; onChoose: () => void; onUp: (() => void) | null };

function StepLine({ script, index, bad, current, onChoose, onUp }: LineProps) {
  const { t, i18n } = useTranslation("scripts");
  const step = script.steps[index];
  if (step === undefined) return null;
  const language: Language = i18n.language.startsWith("ru") ? "ru" : "en";
  const ways = [...(step.branches ?? []).map(({ to }) => to), step.next ?? t("end")];
  return (
    <li aria-current={current} data-testid={`step-${step.id}`}>
      <button type="button" onClick={onChoose} className={bad ? "bad" : undefined}>
        <span className="muted num">{index + 1}</span>
        <span className="grow ellipsis" title={titleOf(step, language)}>
          {titleOf(step, language)}
        </span>
        {script.start === step.id ? <span className="chip">{t("start")}</span> : null}
      </button>
      {onUp === null ? null : (
        <button type="button" className="icon-button small" onClick={onUp} aria-label={`${t("up")}: ${step.id}`} title={t("up")}>
          ↑
        </button>
      )}
      <p className="script-ways">→ {ways.join(" · ")}</p>
    </li>
  );
}

/** Walks as the operator would, with nothing kept. */
function Preview({ script }: { script: ScriptDocument }) {
  const { t } = useTranslation("scripts");
  const { site } = useNames();
  const [stand, setStand] = useState<{ answers: Answers; step: string }>({ answers: {}, step: script.start });
  return (
    <section className="panel script-preview" aria-label={t("try")} data-testid="script-preview">
      <header>
        <h2 className="grow">{t("try")}</h2>
        <Button size="xs" variant="default" onClick={() => setStand({ answers: {}, step: script.start })} data-testid="preview-again">
          {t("again")}
        </Button>
      </header>
      <Walker
        script={script}
        answers={stand.answers}
        step={stand.step}
        known={{}}
        today={localText(serverNow(), site?.timezone ?? "UTC").slice(0, 10)}
        keys={false}
        onChange={(answers, step) => setStand({ answers, step })}
      />
    </section>
  );
}

/** What is wrong with it, a moment after the last change. */
function useCheck(script: ScriptDocument | null): readonly ScriptMistake[] {
  const text = JSON.stringify(script);
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(text), CHECK_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const check = useQuery({
    queryKey: ["script-check", asked],
    queryFn: async ({ signal }): Promise<readonly ScriptMistake[]> => {
      try {
        return (await checkScript(JSON.parse(asked) as ScriptDocument, signal)).mistakes;
      } catch (error) {
        // What has the wrong shape is told by its fields.
        if (error instanceof ProblemError && error.errors.length > 0)
          return error.errors.map(({ field, code, message, remedy, parameters }) => ({ place: field.replace(/^document\.?/, ""), code, message, remedy: remedy ?? "", parameters: parameters ?? {}, severity: "error" }));
        throw error;
      }
    },
    enabled: script !== null,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  return check.data ?? NOTHING;
}
