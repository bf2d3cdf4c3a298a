import { TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { serverNow } from "@/api/clock";
import type { FlowDocument, FlowWalk } from "@/api/types";
import { Button } from "@/components/Button";
import { useNames } from "@/components/names";
import { testFlow, useValues } from "@/data/plan";
import { FormProblems, NumberField, Pick, useFieldErrors } from "./parts";
import { Walk } from "./Walk";
import { localTime, zonedInstant } from "./week";

type Props = { id: string; flow: FlowDocument; blocked: boolean; onStep: (step: string) => void };

/** What happens to a caller: tried with the flow as it stands in the editor, saved or not. */
export function FlowTester({ id, flow, blocked, onStep }: Props) {
  const { t } = useTranslation("plan");
  const { site } = useNames();
  const values = useValues();
  const zone = site?.timezone ?? "UTC";
  const [dialled, setDialled] = useState<string | null>(null);
  const [number, setNumber] = useState("");
  const [at, setAt] = useState(() => localTime(serverNow(), zone));
  const [known, setKnown] = useState(false);
  const [value, setValue] = useState("");
  const [keys, setKeys] = useState("");
  const [patience, setPatience] = useState(0);
  const [inQueue, setInQueue] = useState("");
  const [busy, setBusy] = useState(false);
  const test = useMutation({ mutationFn: testFlow });
  const { bad } = useFieldErrors(test.error);
  const first = flow.numbers?.[0] ?? "";
  const instant = zonedInstant(at, zone);
  // A flow that no number leads to is tried as if one did.
  const tried = flow.numbers === undefined || flow.numbers.length === 0 ? { ...flow, numbers: [TRIAL] } : flow;
  const submit = (): void => {
    test.mutate({
      dialled: (dialled ?? first) === "" ? TRIAL : (dialled ?? first),
      number: number.replace(/[\s()-]/g, ""),
      at: instant,
      known,
      value: known && value !== "" ? value : null,
      keys: keys.trim() === "" ? [] : keys.split(",").map((part) => part.trim()),
      key_in_queue: inQueue,
      patience,
      queues: busy ? Object.fromEntries((site?.queues ?? []).map(({ id: queue }) => [queue, { waiting: 20, able: 0, expected_wait: 1200 }])) : {},
      flows: { [id]: tried },
    });
  };
  return (
    <section className="panel flow-test" aria-label={t("tester.title")} data-testid="tester">
      <header>
        <h2>{t("tester.title")}</h2>
      </header>
      <form
        className="padded"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="form-grid">
          <TextInput label={t("tester.number")} placeholder={t("tester.withheld")} value={number} error={bad("number")} onChange={(event) => setNumber(event.target.value)} data-testid="test-number" />
          <TextInput label={t("tester.dialled")} placeholder={t("tester.anyNumber")} value={dialled ?? first} error={bad("dialled")} onChange={(event) => setDialled(event.target.value.trim())} data-testid="test-dialled" />
          <TextInput type="datetime-local" label={t("tester.at")} description={zone} value={at} error={instant === null ? t("tester.badTime") : bad("at")} onChange={(event) => setAt(event.target.value)} data-testid="test-at" />
          <TextInput label={t("tester.keys")} description={t("tester.keysHint")} value={keys} error={bad("keys")} onChange={(event) => setKeys(event.target.value)} data-testid="test-keys" />
          <div className="stack">
            <label className="row">
              <input type="checkbox" checked={known} onChange={(event) => setKnown(event.target.checked)} data-testid="test-known" />
              {t("tester.known")}
            </label>
            <label className="row">
              <input type="checkbox" checked={busy} onChange={(event) => setBusy(event.target.checked)} data-testid="test-busy" />
              {t("tester.busy")}
            </label>
          </div>
          {known ? <Pick label={t("tester.value")} none={t("tester.noValue")} value={value} options={(values.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))} onChange={setValue} testId="test-value" /> : <span />}
          <NumberField label={t("tester.patience")} description={t("tester.patienceHint")} value={patience} error={bad("patience")} onChange={setPatience} testId="test-patience" />
          <TextInput label={t("tester.keyInQueue")} maxLength={1} value={inQueue} error={bad("key_in_queue")} onChange={(event) => setInQueue(event.target.value.trim())} data-testid="test-key-in-queue" />
        </div>
        <div className="row sheet-foot">
          <Button type="submit" {...(test.data === undefined ? {} : { variant: "default" })} loading={test.isPending} disabled={instant === null} data-testid="run-test">
            {t("tester.run")}
          </Button>
          {blocked ? <span className="hint">{t("tester.blocked")}</span> : null}
          <FormProblems error={test.error} shown={["number", "dialled", "at", "keys", "patience", "key_in_queue"]} />
        </div>
      </form>
      {test.data === undefined ? null : <Result walk={test.data} flow={id} onStep={onStep} />}
    </section>
  );
}

const TRIAL = "000000";

function Result({ walk, flow, onStep }: { walk: FlowWalk; flow: string; onStep: (step: string) => void }) {
  const { t } = useTranslation("plan");
  const names = useNames();
  return (
    <div data-testid="walk">
      <p className="verdict" data-testid="walk-ending" data-ending={walk.ending}>
        {t(`ending.${walk.ending}`, { queue: names.queue(walk.queue), number: walk.number ?? "" })}
      </p>
      <Walk walk={walk} flow={flow} onStep={onStep} />
    </div>
  );
}
