import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Queue } from "@/api/types";
import { Button } from "@/components/Button";
import { Failed, Skeletons } from "@/components/Problem";
import { useFlows, useQueueSettings } from "@/data/plan";
import { MistakeLine, useLevels } from "./parts";
import { QueueSheet } from "./QueueSheet";

export function Queues({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation("plan");
  const queues = useQueueSettings();
  const levels = useLevels();
  const flows = useFlows();
  const [edited, setEdited] = useState<Queue | "new" | null>(null);
  const warned = (id: string) => (flows.data?.mistakes ?? []).filter(({ place }) => place === `queues.${id}` || place.startsWith(`queues.${id}.`));
  return (
    <section className="panel" data-testid="queues">
      <header>
        <h2 className="grow">{t("tabs.queues")}</h2>
        {mayEdit ? (
          <Button size="xs" onClick={() => setEdited("new")} data-testid="new-queue">
            {t("queues.new")}
          </Button>
        ) : null}
      </header>
      {queues.error !== null ? (
        <Failed error={queues.error} retry={() => void queues.refetch()} />
      ) : queues.data === undefined ? (
        <Skeletons rows={5} />
      ) : queues.data.items.length === 0 ? (
        <p className="empty">{t("queues.none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("queues.name")}</th>
              <th>{t("queues.numbers")}</th>
              <th>{t("queues.required")}</th>
              <th>{t("queues.rings")}</th>
              <th className="right">{t("queues.value")}</th>
              <th>{t("queues.preset")}</th>
              <th>{t("queues.strategy")}</th>
              <th className="right">{t("queues.promise")}</th>
              <th className="right">{t("queues.wrapUp")}</th>
            </tr>
          </thead>
          <tbody>
            {queues.data.items.map((queue) => {
              const mistakes = warned(queue.id);
              return (
                <tr key={queue.id} data-testid={`plan-queue-${queue.id}`}>
                  <td>
                    <button type="button" className="link-button" onClick={() => setEdited(queue)}>
                      {queue.name}
                    </button>
                    {queue.takes_unknown ? <span className="chip after">{t("queues.default")}</span> : null}
                    {mistakes.map((mistake) => (
                      <MistakeLine key={`${mistake.place} ${mistake.code}`} mistake={mistake} />
                    ))}
                  </td>
                  <td className="nowrap">{queue.numbers.join(", ")}</td>
                  <td>{levels(queue.required)}</td>
                  <td>
                    {queue.rings.map((ring) => (
                      <div key={ring.after}>
                        <span className="muted num">{t("queues.after", { seconds: ring.after })}</span> {ring.required === undefined || ring.required.length === 0 ? t("queues.anyone") : levels(ring.required)}
                      </div>
                    ))}
                  </td>
                  <td className="right num">{queue.value}</td>
                  <td>{t(`preset.${queue.preset}.name`)}</td>
                  <td>{t(`strategy.${queue.strategy}`)}</td>
                  <td className="right num nowrap">{t("common.seconds", { seconds: queue.service_level_seconds })}</td>
                  <td className="right num nowrap">{t("common.seconds", { seconds: queue.wrap_up_seconds })}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {edited === null ? null : <QueueSheet queue={edited === "new" ? null : edited} mistakes={edited === "new" ? [] : warned(edited.id)} mayEdit={mayEdit} onClose={() => setEdited(null)} />}
    </section>
  );
}
