import { useTranslation } from "react-i18next";
import { useDerived } from "@/api/collection";
import { useCollection } from "@/api/collection";
import type { CallView } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { Button } from "@/components/Button";
import { DialNumber } from "@/components/DialNumber";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { Timer } from "@/components/Timer";
import { fetchCall } from "@/data/control";
import { useColleague } from "./colleague";

/** Callers whom colleagues left to be fetched; nothing while there are none. */
export function Parked() {
  const any = useDerived("call", (calls) => calls.some((call) => call.parked_by !== null));
  return any ? <List /> : null;
}

function List() {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const work = useAction();
  const calls = useCollection("call").filter((call) => call.parked_by !== null);
  const sorted = [...calls].sort((one, other) => (one.parked_at ?? 0) - (other.parked_at ?? 0));
  const take = (call: CallView): void => void work.run(() => fetchCall(call.call));
  const first = sorted[0];
  useHotkeys([{ keys: "Shift+KeyG", when: canAct && !work.busy && first !== undefined, run: () => first !== undefined && take(first) }]);
  return (
    <section className="parked" aria-label={t("control.parked.title")} data-testid="parked">
      <h3>{t("control.parked.title")}</h3>
      {sorted.map((call, index) => (
        <div key={call.call} className="row">
          <strong className="ellipsis">{call.name}</strong>
          <DialNumber number={call.number} />
          <Origin call={call} />
          <Timer since={call.parked_at ?? call.arrived_at} />
          <Button size="xs" variant="default" disabled={!canAct || work.busy} onClick={() => take(call)} {...(index === 0 ? { rightSection: <Key of="Shift+G" /> } : {})} data-testid="fetch">
            {t("control.parked.fetch")}
          </Button>
        </div>
      ))}
      <ProblemText error={work.error} />
    </section>
  );
}

function Origin({ call }: { call: CallView }) {
  const { t } = useTranslation();
  const names = useNames();
  const who = useColleague(call.parked_by);
  return (
    <span className="muted grow ellipsis">
      {names.queue(call.queue)} · {t("control.parked.by", { who })}
    </span>
  );
}
