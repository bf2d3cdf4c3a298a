import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PauseReason, Site } from "@/api/types";
import { Button } from "@/components/Button";
import { useNames } from "@/components/names";
import { ProblemText, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { putPauseReasons, useChange } from "@/data/plan";
import { RemoveButton } from "./parts";
import { MoveButtons, NotSaved, swapped, useSaveWords, useWordProblems, withWord } from "./wordList";

const FRESH: PauseReason = { code: "", ru: "", en: "" };

/** Why an operator may pause, in the order of his menu, whose first nine have the keys 1 to 9. */
export function PauseReasons({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation("scripts");
  const { site, reason } = useNames();
  const save = useChange(putPauseReasons);
  const [edited, setEdited] = useState<PauseReason | null>(null);
  const all = site?.pause_reasons ?? [];
  return (
    <section className="panel" data-testid="pause-reasons">
      <header>
        <h2 className="grow">{t("pauses.tab")}</h2>
        <ProblemText error={save.error} />
        {mayEdit && site !== undefined ? (
          <Button size="xs" onClick={() => setEdited(FRESH)} data-testid="new-pause-reason">
            {t("pauses.new")}
          </Button>
        ) : null}
      </header>
      <p className="hint padded">{t("pauses.hint")}</p>
      {site === undefined ? (
        <Skeletons rows={3} />
      ) : all.length === 0 ? (
        <p className="empty">{t("pauses.none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("pauses.one")}</th>
              <th>{t("outcomes.code")}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {all.map((item, index) => (
              <tr key={item.code} data-testid={`pause-reason-${item.code}`}>
                <td>
                  <button type="button" className="link-button" onClick={() => setEdited(item)}>
                    {reason(item.code)}
                  </button>
                </td>
                <td>
                  <code>{item.code}</code>
                </td>
                <td className="right nowrap">
                  {mayEdit && all.length > 1 ? (
                    <MoveButtons
                      name={reason(item.code)}
                      first={index === 0}
                      last={index === all.length - 1}
                      busy={save.isPending}
                      onMove={(by) => {
                        const other = all[index + by];
                        if (other !== undefined) save.mutate({ base: site.pause_reasons_version, items: swapped(all, item, other) });
                      }}
                    />
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {edited === null || site === undefined ? null : <PauseReasonSheet known={edited === FRESH ? null : edited} site={site} mayEdit={mayEdit} onClose={() => setEdited(null)} />}
    </section>
  );
}

function PauseReasonSheet({ known, site, mayEdit, onClose }: { known: PauseReason | null; site: Site; mayEdit: boolean; onClose: () => void }) {
  const { t } = useTranslation("scripts");
  const { t: plan } = useTranslation("plan");
  const { reason } = useNames();
  const [form, setForm] = useState<PauseReason>(known ?? FRESH);
  const { save, error, isPending, changed, goOn } = useSaveWords(putPauseReasons, site.pause_reasons_version);
  const problems = useWordProblems(error);
  const all = site.pause_reasons;
  const made: PauseReason = { code: form.code.trim(), ru: form.ru.trim(), en: form.en.trim() };
  const items = withWord(all, known, made);
  const place = `items.${known === null ? items.length - 1 : items.findIndex(({ code }) => code === made.code)}.`;
  const bad = (field: string): string | null => problems.find((one) => one.field === place + field)?.text ?? null;
  return (
    <Sheet title={known === null ? t("pauses.new") : reason(known.code)} onClose={onClose} testId="pause-reason-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save(items, onClose);
        }}
      >
        <fieldset disabled={!mayEdit} className="form-grid">
          <TextInput className="wide" label={t("outcomes.code")} required withAsterisk={false} disabled={known !== null} maxLength={64} value={form.code} error={bad("code")} onChange={(event) => setForm({ ...form, code: event.target.value })} data-testid="pause-reason-code" data-autofocus={known === null ? true : undefined} />
          <TextInput label={t("outcomes.ru")} required withAsterisk={false} maxLength={120} value={form.ru} error={bad("ru")} onChange={(event) => setForm({ ...form, ru: event.target.value })} data-testid="pause-reason-ru" />
          <TextInput label={t("outcomes.en")} required withAsterisk={false} maxLength={120} value={form.en} error={bad("en")} onChange={(event) => setForm({ ...form, en: event.target.value })} data-testid="pause-reason-en" />
        </fieldset>
        {mayEdit ? (
          <div className="row sheet-foot">
            <Button type="submit" loading={isPending} data-testid="save-pause-reason">
              {plan("common.save")}
            </Button>
            <NotSaved error={error} changed={changed} goOn={goOn} problems={problems.filter(({ field }) => !["code", "ru", "en"].some((one) => field === place + one))} />
            {known === null ? null : <RemoveButton label={plan("common.remove")} busy={isPending} onRemove={() => save(all.filter(({ code }) => code !== known.code), onClose)} testId="remove-pause-reason" />}
          </div>
        ) : null}
      </form>
    </Sheet>
  );
}
