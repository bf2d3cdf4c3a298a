import { NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlanChange } from "@/api/types";
import { Button } from "@/components/Button";
import { Failed, Skeletons } from "@/components/Problem";
import { useAudit } from "@/data/plan";
import { useFormat } from "@/i18n/format";
import { changedLines } from "./diff";
import { PlanFile } from "./PlanFile";

const ENTITIES = ["queues", "skills", "teams", "agents", "values", "flows", "hours", "emergency", "prompts", "users", "default_queue", "pause_reasons", "dispositions"] as const;

/** Who changed what, the newest first. */
export function Changes({ administers }: { administers: boolean }) {
  const { t } = useTranslation("plan");
  const format = useFormat();
  const [entity, setEntity] = useState("");
  const [who, setWho] = useState("");
  const audit = useAudit({ entity, who: who.trim() });
  const items = audit.data?.pages.flatMap((page) => page.items);
  return (
    <section className="panel" data-testid="changes">
      <header>
        <h2 className="grow">{t("tabs.changes")}</h2>
        <NativeSelect size="xs" aria-label={t("changes.what")} value={entity} data={[{ value: "", label: t("changes.all") }, ...ENTITIES.map((one) => ({ value: one, label: t(`entity.${one}`) }))]} onChange={(event) => setEntity(event.target.value)} data-testid="audit-entity" />
        <TextInput size="xs" aria-label={t("changes.who")} placeholder={t("changes.who")} value={who} onChange={(event) => setWho(event.target.value)} data-testid="audit-who" />
        {administers ? <PlanFile /> : null}
      </header>
      {audit.error !== null ? (
        <Failed error={audit.error} retry={() => void audit.refetch()} />
      ) : items === undefined ? (
        <Skeletons rows={6} />
      ) : items.length === 0 ? (
        <p className="empty">{t("changes.none")}</p>
      ) : (
        <ol className="changes">
          {items.map((item) => (
            <li key={item.number} data-testid="change">
              <span className="num muted">{format.dateTime(item.at)}</span>
              <span>
                <strong>{item.who}</strong> <span className="muted">{t(`source.${item.source}`)}</span>
              </span>
              <Difference change={item} />
            </li>
          ))}
        </ol>
      )}
      {audit.hasNextPage ? (
        <p className="empty">
          <Button size="xs" variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            {t("changes.more")}
          </Button>
        </p>
      ) : null}
    </section>
  );
}

const MOST_LINES = 6;

/** One change, line by line; a long one is folded. */
export function Difference({ change }: { change: PlanChange }) {
  const { t } = useTranslation("plan");
  const known = ENTITIES.find((one) => one === change.entity);
  const all = changedLines(change.before, change.after);
  const [whole, setWhole] = useState(all.length <= MOST_LINES + 2);
  const lines = whole ? all : all.slice(0, MOST_LINES);
  const kind = change.before === null ? "added" : change.after === null ? "removed" : "changed";
  return (
    <div className="difference">
      <p>
        <span className="chip" data-change={kind}>
          {t(`changes.${kind}`)}
        </span>{" "}
        {known === undefined ? change.entity : t(`entity.${known}`)}
        {change.id === "" || change.id === change.entity ? null : <code> {change.id}</code>}
      </p>
      <table>
        <tbody>
          {lines.map(({ path, before, after }) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              <td>
                {before === null ? null : <del>{before}</del>}
                {before === null || after === null ? null : <span aria-hidden="true"> → </span>}
                {after === null ? null : <ins>{after}</ins>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {whole ? null : (
        <button type="button" className="link-button" onClick={() => setWhole(true)}>
          {t("changes.whole", { count: all.length })}
        </button>
      )}
    </div>
  );
}
