import { NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSecond } from "@/api/clock";
import { ProblemError } from "@/api/rest";
import type { Callback } from "@/api/types";
import { Button } from "@/components/Button";
import { ClientTime } from "@/components/ClientTime";
import { useNames } from "@/components/names";
import { ProblemText } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { changeCallback, makeCallback, useCallbackAction } from "@/data/callbacks";
import { useSession } from "@/data/session";
import { phoneNumber } from "@/i18n/format";
import { localTime, zonedInstant } from "./routing/week";

export type Wish = { number: string; queue: string | null; client: number | null; callback: Callback | null };

/** Makes a callback, or gives one another number or time; shows what time it is for the client then. */
export function CallbackSheet({ wish, onClose }: { wish: Wish; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const { site } = useNames();
  const zone = site?.timezone ?? "UTC";
  const now = useSecond();
  const { callback } = wish;
  const [number, setNumber] = useState(wish.number);
  const [queue, setQueue] = useState(wish.queue ?? site?.queues[0]?.id ?? "");
  const [timed, setTimed] = useState(callback !== null && callback.next_at > now);
  const [local, setLocal] = useState(() => localTime(callback !== null && callback.next_at > now ? callback.next_at : Math.ceil(now / 900) * 900 + 900, zone));
  const [mine, setMine] = useState(false);
  const agent = useSession().data?.agent === true;
  const action = useCallbackAction();
  const instant = timed ? zonedInstant(local, zone) : null;
  const wrong = timed && (instant === null || instant < now - 60);
  const fields = action.error instanceof ProblemError ? action.error.fields : null;
  const save = (): void => {
    const at = timed ? instant : null;
    action.mutate(
      () => (callback === null ? makeCallback({ number: number.trim(), queue, at, client: wish.client, mine }) : changeCallback(callback.callback, { number: number.trim() === callback.number ? null : number.trim(), at: at ?? now })),
      { onSuccess: onClose },
    );
  };
  return (
    <Sheet title={callback === null ? t("callbackForm.new") : t("callbackForm.change", { number: phoneNumber(callback.number) })} onClose={onClose} testId="callback-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) save();
        }}
      >
        <div className="form-grid">
          <TextInput type="tel" label={t("callbackForm.number")} required withAsterisk={false} maxLength={64} value={number} error={fields?.has("number") === true ? t("callbackForm.badNumber") : null} onChange={(event) => setNumber(event.target.value)} data-testid="callback-number" data-autofocus />
          <NativeSelect label={t("callbackForm.queue")} value={queue} disabled={callback !== null} data={(site?.queues ?? []).map(({ id, name }) => ({ value: id, label: name }))} onChange={(event) => setQueue(event.target.value)} data-testid="callback-queue" />
          <fieldset className="choices wide">
            <legend>{t("callbackForm.when")}</legend>
            {[false, true].map((one) => (
              <label key={String(one)} className="choice">
                <input type="radio" name="when" checked={timed === one} onChange={() => setTimed(one)} data-testid={one ? "callback-timed" : "callback-in-turn"} />
                <span>{t(one ? "callbackForm.timed" : "callbackForm.inTurn")}</span>
              </label>
            ))}
          </fieldset>
          {timed ? <TextInput type="datetime-local" label={t("callbackForm.at")} description={t("callbackForm.zone", { zone })} value={local} error={wrong ? t("callbackForm.past") : null} onChange={(event) => setLocal(event.target.value)} data-testid="callback-at" /> : null}
        </div>
        {agent && callback === null ? (
          <label className="row">
            <input type="checkbox" checked={mine} onChange={(event) => setMine(event.target.checked)} data-testid="callback-mine" />
            {t("callbackForm.mine")}
          </label>
        ) : null}
        <ClientTime number={number} at={instant} />
        <div className="row sheet-foot">
          <Button type="submit" loading={action.isPending} disabled={wrong} data-testid="save-callback">
            {t("callbackForm.save")}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <ProblemText error={action.error} />
        </div>
      </form>
    </Sheet>
  );
}
