import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ValueClass } from "@/api/types";
import { Button } from "@/components/Button";
import { Failed, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { putValue, removeValue, useChange, useValues } from "@/data/plan";
import { FormProblems, NumberField, Pick, RemoveButton, useFieldErrors } from "./parts";

const RANKS = ["vip", "regular", "new", "risk"] as const;

/** What losing a client's call costs, by the rank that the client has. */
export function Values({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation("plan");
  const rank = useRankName();
  const values = useValues();
  const [edited, setEdited] = useState<ValueClass | "new" | null>(null);
  return (
    <section className="panel" data-testid="values">
      <header>
        <h2 className="grow">{t("tabs.values")}</h2>
        {mayEdit ? (
          <Button size="xs" onClick={() => setEdited("new")} data-testid="new-value">
            {t("values.new")}
          </Button>
        ) : null}
      </header>
      <p className="hint padded">{t("values.hint")}</p>
      {values.error !== null ? (
        <Failed error={values.error} retry={() => void values.refetch()} />
      ) : values.data === undefined ? (
        <Skeletons rows={3} />
      ) : values.data.items.length === 0 ? (
        <p className="empty">{t("values.none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("values.name")}</th>
              <th>{t("values.rank")}</th>
              <th className="right">{t("values.worth")}</th>
            </tr>
          </thead>
          <tbody>
            {values.data.items.map((value) => (
              <tr key={value.id} data-testid={`value-${value.id}`}>
                <td>
                  <button type="button" className="link-button" onClick={() => setEdited(value)}>
                    {value.name}
                  </button>
                </td>
                <td>{rank(value.id)}</td>
                <td className="right num">{value.value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {edited === null ? null : <ValueSheet value={edited === "new" ? null : edited} mayEdit={mayEdit} onClose={() => setEdited(null)} />}
    </section>
  );
}

/** Ranks of the console by their words; others, that another CRM may have, as they are written. */
export function useRankName(): (id: string) => string {
  const { t } = useTranslation();
  return (id) => {
    const known = RANKS.find((rank) => rank === id);
    return known === undefined ? id : t(`rank.${known}`);
  };
}

function ValueSheet({ value, mayEdit, onClose }: { value: ValueClass | null; mayEdit: boolean; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const rank = useRankName();
  const [form, setForm] = useState<ValueClass>(value ?? { id: "vip", name: "", value: 2 });
  const save = useChange(putValue);
  const remove = useChange(removeValue);
  const { bad } = useFieldErrors(save.error);
  return (
    <Sheet title={value === null ? t("values.new") : value.name} onClose={onClose} testId="value-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(form, { onSuccess: onClose });
        }}
      >
        <fieldset disabled={!mayEdit} className="form-grid">
          {value === null ? <Pick label={t("values.rank")} value={form.id} options={RANKS.map((id) => ({ value: id, label: rank(id) }))} error={bad("value_id")} onChange={(id) => setForm({ ...form, id })} testId="value-id" /> : null}
          <TextInput label={t("values.name")} required withAsterisk={false} value={form.name} error={bad("name")} onChange={(event) => setForm({ ...form, name: event.target.value })} data-testid="value-name" data-autofocus />
          <NumberField label={t("values.worth")} description={t("values.worthHint")} value={form.value} step="any" error={bad("value")} onChange={(worth) => setForm({ ...form, value: worth })} testId="value-worth" />
        </fieldset>
        {mayEdit ? (
          <div className="row sheet-foot">
            <Button type="submit" loading={save.isPending} data-testid="save-value">
              {t("common.save")}
            </Button>
            <div className="grow">
              <FormProblems error={save.error ?? remove.error} shown={["name", "value"]} />
            </div>
            {value === null ? null : <RemoveButton label={t("common.remove")} busy={remove.isPending} onRemove={() => remove.mutate(value.id, { onSuccess: onClose })} />}
          </div>
        ) : null}
      </form>
    </Sheet>
  );
}
