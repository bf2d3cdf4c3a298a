import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSecond } from "@/api/clock";
import { useCollection } from "@/api/collection";
import type { Callback, Me, MissedCaller } from "@/api/types";
import { Button } from "@/components/Button";
import { DialNumber } from "@/components/DialNumber";
import { useHotkeys } from "@/components/hotkeys";
import { useNames } from "@/components/names";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { callMissedBack, cancelCallback, claimMissed, dismissMissed, giveBackMissed, useCallbackAction, useCallbacks, useMissed } from "@/data/callbacks";
import { duration, phoneNumber, useFormat } from "@/i18n/format";
import { CallbackSheet, type Wish } from "./CallbackSheet";
import { RemoveButton } from "./routing/parts";
import "@/theme/plan.css";

/** Who is to be called back: those who gave up, and those whom we promised it. */
export default function Callbacks({ me }: { me: Me }) {
  const [wish, setWish] = useState<Wish | null>(null);
  const fresh = (): void => setWish({ number: "", queue: null, client: null, callback: null });
  useHotkeys([{ keys: "KeyN", run: fresh }]);
  return (
    <div className="column" data-testid="callbacks">
      <Missed me={me} onWish={setWish} />
      <Promised me={me} onWish={setWish} onNew={fresh} />
      {wish === null ? null : <CallbackSheet wish={wish} onClose={() => setWish(null)} />}
    </div>
  );
}

function useAgentName(): (login: string) => string {
  const agents = useCollection("agent");
  return (login) => agents.find(({ agent }) => agent === login)?.name ?? login;
}

function Missed({ me, onWish }: { me: Me; onWish: (wish: Wish) => void }) {
  const { t } = useTranslation("plan");
  const missed = useMissed();
  return (
    <section className="panel" data-testid="missed">
      <header>
        <h2 className="grow">{t("missed.title")}</h2>
        <span className="hint">{t("missed.hint")}</span>
      </header>
      {missed.error !== null && missed.data === undefined ? (
        <Failed error={missed.error} retry={() => void missed.refetch()} />
      ) : missed.data === undefined ? (
        <Skeletons rows={4} />
      ) : missed.data.items.length === 0 ? (
        <p className="empty">{t("missed.none")}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("missed.number")}</th>
              <th>{t("missed.queue")}</th>
              <th>{t("missed.last")}</th>
              <th className="right">{t("missed.waited")}</th>
              <th className="right">{t("missed.times")}</th>
              <th>{t("missed.state")}</th>
              <th>
                <span className="visually-hidden">{t("missed.actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {missed.data.items.map((caller) => (
              <MissedRow key={caller.number} caller={caller} me={me} onWish={onWish} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function MissedRow({ caller, me, onWish }: { caller: MissedCaller; me: Me; onWish: (wish: Wish) => void }) {
  const { t } = useTranslation("plan");
  const names = useNames();
  const agent = useAgentName();
  const format = useFormat();
  const now = useSecond();
  const action = useCallbackAction();
  const [dismissing, setDismissing] = useState(false);
  const mine = caller.claimed_by === me.login;
  const manages = me.role === "supervisor" || me.role === "administrator";
  const free = caller.claimed_by === null && caller.callback === null;
  return (
    <tr data-testid={`missed-${caller.number}`} data-mine={mine ? true : undefined}>
      <td className="nowrap">
        <strong>
          <DialNumber number={caller.number} />
        </strong>
      </td>
      <td>{names.queue(caller.queue)}</td>
      <td className="nowrap">
        {format.when(caller.last_at)} <span className="muted num">{t("missed.ago", { time: duration(now - caller.last_at) })}</span>
      </td>
      <td className="right num">{duration(caller.waited)}</td>
      <td className="right num">{caller.times}</td>
      <td data-testid="missed-state">{caller.callback !== null ? t("missed.promised") : mine ? t("missed.mine") : caller.claimed_by !== null ? t("missed.claimedBy", { agent: agent(caller.claimed_by) }) : t("missed.open")}</td>
      <td className="right nowrap">
        <span className="row end-row">
          <ProblemText error={action.error} />
          {me.agent && free ? (
            <>
              <Button size="compact-sm" disabled={action.isPending} onClick={() => action.mutate(() => claimMissed(caller.number))} data-testid="claim">
                {t("missed.claim")}
              </Button>
              <Button size="compact-sm" variant="default" disabled={action.isPending} onClick={() => action.mutate(() => callMissedBack(caller.number))} data-testid="call-back">
                {t("missed.callBack")}
              </Button>
            </>
          ) : null}
          {caller.callback === null && (free || mine || manages) ? (
            <Button size="compact-sm" variant="default" disabled={action.isPending} onClick={() => onWish({ number: caller.number, queue: caller.queue, client: caller.client, callback: null })} data-testid="call-back-later">
              {t("missed.later")}
            </Button>
          ) : null}
          {me.agent && caller.claimed_by !== null && (mine || manages) && caller.callback === null ? (
            <Button size="compact-sm" variant="default" disabled={action.isPending} onClick={() => action.mutate(() => giveBackMissed(caller.number))} data-testid="give-back">
              {t("missed.giveBack")}
            </Button>
          ) : null}
          {caller.claimed_by === null || mine || manages ? (
            <Button size="compact-sm" variant="default" disabled={action.isPending} onClick={() => setDismissing(true)} data-testid="dismiss">
              {t("missed.dismiss")}
            </Button>
          ) : null}
        </span>
        {dismissing ? <DismissSheet number={caller.number} onClose={() => setDismissing(false)} /> : null}
      </td>
    </tr>
  );
}

function DismissSheet({ number, onClose }: { number: string; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const [reason, setReason] = useState("");
  const action = useCallbackAction();
  return (
    <Sheet title={t("missed.dismissTitle", { number: phoneNumber(number) })} onClose={onClose} testId="dismiss-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") action.mutate(() => dismissMissed(number, reason.trim()), { onSuccess: onClose });
        }}
      >
        <TextInput label={t("missed.reason")} required withAsterisk={false} maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} data-testid="dismiss-reason" data-autofocus />
        <div className="row sheet-foot">
          <Button type="submit" loading={action.isPending} data-testid="dismiss-confirm">
            {t("missed.dismiss")}
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

function Promised({ me, onWish, onNew }: { me: Me; onWish: (wish: Wish) => void; onNew: () => void }) {
  const { t } = useTranslation("plan");
  const [state, setState] = useState<"open" | "closed">("open");
  const callbacks = useCallbacks(state, true);
  return (
    <section className="panel" data-testid="promised">
      <header>
        <h2 className="grow">{t(me.role === "operator" ? "callbacks.titleOwn" : "callbacks.title")}</h2>
        <Button size="compact-sm" variant="default" onClick={onNew} data-testid="new-callback">
          {t("callbacks.new")}
        </Button>
        <div className="pair" role="group" aria-label={t("callbacks.which")}>
          {(["open", "closed"] as const).map((one) => (
            <button key={one} type="button" className="icon-button" aria-pressed={state === one} onClick={() => setState(one)} data-testid={`callbacks-${one}`}>
              {t(`callbacks.${one}`)}
            </button>
          ))}
        </div>
      </header>
      {callbacks.error !== null && callbacks.data === undefined ? (
        <Failed error={callbacks.error} retry={() => void callbacks.refetch()} />
      ) : callbacks.data === undefined ? (
        <Skeletons rows={4} />
      ) : callbacks.data.items.length === 0 ? (
        <p className="empty">{t(`callbacks.none_${state}`)}</p>
      ) : (
        <table className="table dense">
          <thead>
            <tr>
              <th>{t("missed.number")}</th>
              <th>{t("missed.queue")}</th>
              <th>{state === "open" ? t("callbacks.due") : t("callbacks.ended")}</th>
              <th>{t("callbacks.since")}</th>
              <th className="right">{t("callbacks.attempts")}</th>
              <th>{t("missed.state")}</th>
              <th>{t("callbacks.by")}</th>
              <th>
                <span className="visually-hidden">{t("missed.actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {callbacks.data.items.map((callback) => (
              <CallbackRow key={callback.callback} callback={callback} me={me.login} manages={me.role === "supervisor" || me.role === "administrator" || callback.by === me.login} onChange={() => onWish({ number: callback.number, queue: callback.queue, client: null, callback })} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const STATES = ["waiting", "dialling", "reached", "called_in", "cancelled", "given_up", "expired"] as const;

function CallbackRow({ callback, me, manages, onChange }: { callback: Callback; me: string; manages: boolean; onChange: () => void }) {
  const { t } = useTranslation("plan");
  const names = useNames();
  const agent = useAgentName();
  const format = useFormat();
  const now = useSecond();
  const action = useCallbackAction();
  const state = STATES.find((one) => one === callback.state);
  const last = callback.attempts.at(-1)?.outcome ?? null;
  const open = callback.closed === null;
  return (
    <tr data-testid={`callback-${callback.callback}`}>
      <td className="nowrap">
        <strong>
          <DialNumber number={callback.number} />
        </strong>
      </td>
      <td>{names.queue(callback.queue)}</td>
      <td className="nowrap">{!open ? (callback.closed_at === null ? "" : format.when(callback.closed_at)) : callback.next_at <= now ? t("callbacks.dueNow") : format.when(callback.next_at)}</td>
      <td className="nowrap">{format.when(callback.since)}</td>
      <td className="right nowrap">
        <span className="num">{callback.attempts.length}</span>
        {last === null ? null : <span className="muted"> {t(`attempt.${last}`)}</span>}
      </td>
      <td data-testid="callback-state">{state === undefined ? callback.state : t(`callbackState.${state}`)}</td>
      <td>
        {callback.by === "" ? t("callbacks.byClient") : agent(callback.by)}
        {callback.agent == null ? null : (
          <span className="chip after" data-testid="callback-whose">
            {callback.agent === me ? t("callbacks.youCall") : t("callbacks.heCalls", { who: agent(callback.agent) })}
          </span>
        )}
      </td>
      <td className="right nowrap">
        <span className="row end-row">
        <ProblemText error={action.error} />
        {callback.state === "waiting" && manages ? (
          <Button size="compact-sm" variant="default" onClick={onChange} data-testid="change-callback">
            {t("callbacks.change")}
          </Button>
        ) : null}
        {open && manages ? <RemoveButton label={t("callbacks.cancel")} busy={action.isPending} size="compact-sm" onRemove={() => action.mutate(() => cancelCallback(callback.callback))} testId="cancel-callback" /> : null}
        </span>
      </td>
    </tr>
  );
}
