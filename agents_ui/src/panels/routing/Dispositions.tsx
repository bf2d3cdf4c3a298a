import { NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Disposition, Site } from "@/api/types";
import { Button } from "@/components/Button";
import { useNames } from "@/components/names";
import { ProblemText, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { isGroup, wayTo } from "@/data/dispositions";
import { putDispositions, useChange } from "@/data/plan";
import { Pick, RemoveButton } from "./parts";
import { MoveButtons, NotSaved, swapped, useSaveWords, useWordProblems, withWord } from "./wordList";

const ASKS = ["no", "offered", "required"] as const;
const FRESH: Disposition = { code: "", ru: "", en: "", queues: [], note_required: false, parent: null, callback: "no", amount: "no", answers: [] };

/** Groups with what is in them below, as the operator meets them. */
function inOrder(all: readonly Disposition[], parent: string | null = null): readonly Disposition[] {
  return all.filter((item) => item.parent === parent).flatMap((item) => [item, ...inOrder(all, item.code)]);
}

/** The tree of dispositions. Every change is one of the whole list, which the server checks as a whole. */
export function Dispositions({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation("scripts");
  const names = useNames();
  const save = useChange(putDispositions);
  const problems = useWordProblems(save.error);
  const [edited, setEdited] = useState<Disposition | null>(null);
  const { site } = names;
  const all = site?.dispositions;
  const move = (item: Disposition, by: 1 | -1): void => {
    if (site === undefined || all === undefined) return;
    const mates = all.filter(({ parent }) => parent === item.parent);
    const other = mates[mates.indexOf(item) + by];
    if (other === undefined) return;
    save.mutate({ base: site.dispositions_version, items: swapped(all, item, other) });
  };
  const needs = (item: Disposition): string =>
    [
      item.note_required ? t("outcomes.note") : "",
      item.callback === "no" ? "" : t("outcomes.needs.callback"),
      item.amount === "no" ? "" : t("outcomes.needs.amount"),
      item.answers.length === 0 ? "" : t("outcomes.needs.answers", { names: item.answers.join(", ") }),
    ]
      .filter((part) => part !== "")
      .join(", ");
  return (
    <section className="panel" data-testid="dispositions">
      <header>
        <h2 className="grow">{t("outcomes.tab")}</h2>
        <ProblemText error={save.error} />
        {mayEdit ? (
          <Button size="xs" onClick={() => setEdited(FRESH)} data-testid="new-disposition">
            {t("outcomes.new")}
          </Button>
        ) : null}
      </header>
      <p className="hint padded">{t("outcomes.hint")}</p>
      {problems.map(({ field, text }) => (
        <p key={field} className="error-text padded" role="alert">
          {text}
        </p>
      ))}
      {all === undefined ? (
        <Skeletons rows={4} />
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("outcomes.one")}</th>
              <th>{t("outcomes.code")}</th>
              <th>{t("outcomes.asks")}</th>
              <th>{t("outcomes.queues")}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {inOrder(all).map((item) => {
              const mates = all.filter(({ parent }) => parent === item.parent);
              const name = names.disposition(item.code);
              return (
                <tr key={item.code} data-testid={`outcome-${item.code}`}>
                  <td style={{ paddingLeft: 14 + 22 * (wayTo(all, item.code).length - 1) }}>
                    <button type="button" className="link-button" onClick={() => setEdited(item)}>
                      {name}
                    </button>
                    {isGroup(all, item.code) ? <span className="chip after">{t("outcomes.group")}</span> : null}
                  </td>
                  <td>
                    <code>{item.code}</code>
                  </td>
                  <td>{needs(item)}</td>
                  <td className="muted">{item.queues.length === 0 ? t("outcomes.all") : item.queues.map((queue) => names.queue(queue)).join(", ")}</td>
                  <td className="right nowrap">
                    {mayEdit && mates.length > 1 ? <MoveButtons name={name} first={mates[0] === item} last={mates.at(-1) === item} busy={save.isPending} onMove={(by) => move(item, by)} /> : null}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {edited === null || site === undefined ? null : <DispositionSheet known={edited === FRESH ? null : edited} site={site} mayEdit={mayEdit} onClose={() => setEdited(null)} />}
    </section>
  );
}

function DispositionSheet({ known, site, mayEdit, onClose }: { known: Disposition | null; site: Site; mayEdit: boolean; onClose: () => void }) {
  const { t } = useTranslation("scripts");
  const { t: plan } = useTranslation("plan");
  const names = useNames();
  const [form, setForm] = useState<Disposition>(known ?? FRESH);
  const [answers, setAnswers] = useState(form.answers.join(", "));
  const { save, error, isPending, changed, goOn } = useSaveWords(putDispositions, site.dispositions_version);
  const problems = useWordProblems(error);
  const all = site.dispositions;
  const there = known === null ? -1 : all.findIndex(({ code }) => code === known.code);
  const place = `items.${there === -1 ? all.length : there}.`;
  const bad = (field: string): string | null => problems.find((one) => one.field === place + field || one.field.startsWith(`${place}${field}.`))?.text ?? null;
  const shown = ["code", "ru", "en", "parent", "queues", "answers"].map((field) => place + field);
  const elsewhere = problems.filter(({ field }) => !shown.some((one) => field === one || field.startsWith(`${one}.`)));
  const put = (part: Partial<Disposition>): void => setForm({ ...form, ...part });
  const group = known !== null && isGroup(all, known.code);
  const within = all.filter(({ code }) => known === null || !wayTo(all, code).some((item) => item.code === known.code));
  const submit = (): void => {
    const made: Disposition = { ...form, code: form.code.trim(), ru: form.ru.trim(), en: form.en.trim(), answers: answers.split(/[\s,]+/).filter((name) => name !== "") };
    save(withWord(all, known, made), onClose);
  };
  const asks = ASKS.map((value) => ({ value, label: t(`outcomes.ask.${value}`) }));
  return (
    <Sheet title={known === null ? t("outcomes.new") : names.disposition(known.code)} onClose={onClose} testId="disposition-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <fieldset disabled={!mayEdit} className="form-grid">
          <TextInput label={t("outcomes.code")} required withAsterisk={false} disabled={known !== null} maxLength={64} value={form.code} error={bad("code")} onChange={(event) => put({ code: event.target.value })} data-testid="outcome-code" data-autofocus={known === null ? true : undefined} />
          <Pick label={t("outcomes.parent")} value={form.parent ?? ""} none={t("outcomes.top")} options={within.map(({ code }) => ({ value: code, label: wayTo(all, code).map((item) => names.disposition(item.code)).join(" › ") }))} error={bad("parent")} onChange={(parent) => put({ parent: parent === "" ? null : parent })} testId="outcome-parent" />
          <TextInput label={t("outcomes.ru")} required withAsterisk={false} maxLength={120} value={form.ru} error={bad("ru")} onChange={(event) => put({ ru: event.target.value })} data-testid="outcome-ru" />
          <TextInput label={t("outcomes.en")} required withAsterisk={false} maxLength={120} value={form.en} error={bad("en")} onChange={(event) => put({ en: event.target.value })} data-testid="outcome-en" />
          {group ? null : (
            <>
              <NativeSelect label={t("outcomes.callback")} data={asks} value={form.callback} onChange={(event) => put({ callback: ASKS.find((one) => one === event.target.value) ?? "no" })} data-testid="outcome-callback" />
              <NativeSelect label={t("outcomes.amount")} data={asks} value={form.amount} onChange={(event) => put({ amount: ASKS.find((one) => one === event.target.value) ?? "no" })} data-testid="outcome-amount" />
              <TextInput label={t("outcomes.answers")} description={t("outcomes.answersHint")} maxLength={400} value={answers} error={bad("answers")} onChange={(event) => setAnswers(event.target.value)} data-testid="outcome-answers" />
              <label className="row">
                <input type="checkbox" checked={form.note_required} onChange={(event) => put({ note_required: event.target.checked })} data-testid="outcome-note" />
                {t("outcomes.noteRequired")}
              </label>
            </>
          )}
          <fieldset className="wide">
            <legend>{t("outcomes.queues")}</legend>
            <p className="hint">{t("outcomes.allHint")}</p>
            <div className="options">
              {(names.site?.queues ?? []).map((queue) => (
                <label key={queue.id}>
                  <input type="checkbox" checked={form.queues.includes(queue.id)} onChange={(event) => put({ queues: event.target.checked ? [...form.queues, queue.id] : form.queues.filter((id) => id !== queue.id) })} />
                  {queue.name}
                </label>
              ))}
            </div>
            {bad("queues") === null ? null : <p className="error-text">{bad("queues")}</p>}
          </fieldset>
        </fieldset>
        {mayEdit ? (
          <div className="row sheet-foot">
            <Button type="submit" loading={isPending} data-testid="save-disposition">
              {plan("common.save")}
            </Button>
            <NotSaved error={error} changed={changed} goOn={goOn} problems={elsewhere} />
            {known === null ? null : <RemoveButton label={plan("common.remove")} busy={isPending} onRemove={() => save(all.filter((item) => item.code !== known.code), onClose)} testId="remove-disposition" />}
          </div>
        ) : null}
      </form>
    </Sheet>
  );
}
