import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import type { Flow } from "@/api/types";
import { Button } from "@/components/Button";
import { useNames } from "@/components/names";
import { Failed, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { useFlows } from "@/data/plan";
import { dropDraft, keepDraft, useDraft } from "./draft";
import { FlowEditor } from "./FlowEditor";
import { newStep } from "./flow";
import { MistakeLine } from "./parts";

export function Flows({ mayEdit, flow }: { mayEdit: boolean; flow: string | undefined }) {
  const { t } = useTranslation("plan");
  const flows = useFlows();
  if (flows.error !== null) return <Failed error={flows.error} retry={() => void flows.refetch()} />;
  if (flows.data === undefined) return <Skeletons rows={6} />;
  if (flow !== undefined) return <OneFlow key={flow} id={flow} saved={flows.data.items.find(({ id }) => id === flow) ?? null} mayEdit={mayEdit} />;
  return (
    <div className="column">
      <FlowList flows={flows.data.items} mayEdit={mayEdit} />
      {flows.data.mistakes.length === 0 ? null : (
        <section className="panel" data-testid="plan-mistakes">
          <header>
            <h2>{t("flows.mistakes")}</h2>
          </header>
          <div className="padded">
            {flows.data.mistakes.map((mistake) => (
              <MistakeLine key={`${mistake.place} ${mistake.code}`} mistake={mistake} place={mistake.place} />
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

function OneFlow({ id, saved, mayEdit }: { id: string; saved: Flow | null; mayEdit: boolean }) {
  const { t } = useTranslation("plan");
  const draft = useDraft(id);
  if (saved === null && draft === null) {
    return (
      <div className="panel empty">
        <p>{t("flows.gone", { id })}</p>
        <Link href="/routing/flows">{t("flows.all")}</Link>
      </div>
    );
  }
  return <FlowEditor id={id} saved={saved} mayEdit={mayEdit} />;
}

function FlowList({ flows, mayEdit }: { flows: readonly Flow[]; mayEdit: boolean }) {
  const { t } = useTranslation("plan");
  const [creating, setCreating] = useState(false);
  return (
    <section className="panel" data-testid="flows">
      <header>
        <h2 className="grow">{t("tabs.flows")}</h2>
        {mayEdit ? (
          <Button size="xs" onClick={() => setCreating(true)} data-testid="new-flow">
            {t("flows.new")}
          </Button>
        ) : null}
      </header>
      {flows.length === 0 ? (
        <p className="empty">{t("flows.none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("flows.name")}</th>
              <th>{t("flows.numbers")}</th>
              <th>{t("flows.language")}</th>
              <th className="right">{t("flows.steps")}</th>
            </tr>
          </thead>
          <tbody>
            {flows.map((flow) => (
              <FlowRow key={flow.id} flow={flow} />
            ))}
          </tbody>
        </table>
      )}
      {creating ? <NewFlow taken={flows.map(({ id }) => id)} onClose={() => setCreating(false)} /> : null}
    </section>
  );
}

function FlowRow({ flow }: { flow: Flow }) {
  const { t } = useTranslation("plan");
  const draft = useDraft(flow.id);
  return (
    <tr data-testid={`flow-${flow.id}`}>
      <td>
        <Link href={`/routing/flows/${encodeURIComponent(flow.id)}`}>{flow.name}</Link>
        {draft === null ? null : <span className="chip after">{t("flows.unsaved")}</span>}
      </td>
      <td>{(flow.numbers ?? []).join(", ")}</td>
      <td>{flow.language}</td>
      <td className="right num">{Object.keys(flow.steps).length}</td>
    </tr>
  );
}

const CODE = /^[A-Za-z0-9_.-]{1,64}$/;

function NewFlow({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const { site } = useNames();
  const [, go] = useLocation();
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  // `emergency` is an address of its own on the server.
  const wrong = !CODE.test(id) ? t("common.badId") : taken.includes(id) || id === "emergency" ? t("common.taken") : null;
  const submit = (): void => {
    setTried(true);
    if (wrong !== null || name.trim() === "") return;
    dropDraft(id);
    keepDraft(id, { name: name.trim(), numbers: [], start: "queue", language: "ru", steps: { queue: newStep("enqueue", site?.queues[0]?.id ?? "") } });
    go(`/routing/flows/${encodeURIComponent(id)}`);
  };
  return (
    <Sheet title={t("flows.new")} onClose={onClose} testId="flow-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="form-grid">
          <TextInput label={t("common.id")} description={t("common.idHint")} value={id} error={tried ? wrong : null} onChange={(event) => setId(event.target.value.trim())} data-testid="flow-id" data-autofocus />
          <TextInput label={t("flows.name")} required withAsterisk={false} value={name} onChange={(event) => setName(event.target.value)} data-testid="flow-name" />
        </div>
        <div className="row sheet-foot">
          <Button type="submit" data-testid="create-flow">
            {t("flows.create")}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}
