import { useTranslation } from "react-i18next";
import { serverNow, useSecond } from "@/api/clock";
import type { AgentView, CallView, Card } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { Button } from "@/components/Button";
import { useHotkeys } from "@/components/hotkeys";
import { Icon } from "@/components/Icon";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { PhoneControls } from "@/components/PhoneControls";
import { ProblemText } from "@/components/Problem";
import { Timer } from "@/components/Timer";
import { declineOffer, hangUp } from "@/data/calls";
import { leaveCall } from "@/data/control";
import { duration, phoneNumber } from "@/i18n/format";
import { CallBar } from "./control/CallBar";
import { CallState } from "./control/CallState";
import { useColleague } from "./control/colleague";
import { usePhone } from "@/phone/context";

type Props = { agent: AgentView; call: CallView; card: Card | undefined };

export function who(call: CallView, card: Card | undefined): string {
  return card?.client?.name ?? (call.name !== "" ? call.name : (card?.number.display ?? phoneNumber(call.number)));
}

/** The band across the desk that tells what the call is doing, in the colour of the operator's state. */
export function Strip({ agent, call, card }: Props) {
  const guest = call.guest?.agent === agent.agent;
  if (agent.state === "offered") return call.dialled_by === agent.agent ? <Dialling agent={agent} call={call} card={card} /> : <Offered agent={agent} call={call} card={card} />;
  if (agent.state === "talking") return guest ? <Helping agent={agent} call={call} card={card} /> : <Talking agent={agent} call={call} card={card} />;
  return <Wrapping agent={agent} call={call} card={card} />;
}

function Facts({ call, card, waited, talked }: { call: CallView; card: Card | undefined; waited: "live" | "done"; talked?: number }) {
  const { t } = useTranslation();
  const names = useNames();
  const number = card?.number.display ?? phoneNumber(call.number);
  const since = call.queued_at ?? call.arrived_at;
  const until = call.answered_at ?? call.ended_at ?? serverNow();
  return (
    <dl>
      <div>
        <dt className="label">{t("recent.number")}</dt>
        <dd data-testid="call-number">{number === "" ? t("card.hidden") : number}</dd>
      </div>
      <div>
        <dt className="label">{t("call.queue")}</dt>
        <dd>{names.queue(call.queue)}</dd>
      </div>
      <div>
        <dt className="label">{t("call.waited")}</dt>
        <dd>{waited === "live" ? <Timer since={since} /> : <span className="num">{duration(until - since)}</span>}</dd>
      </div>
      {talked === undefined ? null : (
        <div>
          <dt className="label">{t("call.talked")}</dt>
          <dd className="num">{duration(talked)}</dd>
        </div>
      )}
    </dl>
  );
}

function Ring() {
  const beat = useSecond() % 2 === 0;
  return (
    <span className="ring" data-beat={beat}>
      <Icon name="phone" size={22} />
    </span>
  );
}

function Offered({ agent, call, card }: Props) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const action = useAction();
  const asker = useColleague(call.guest?.agent === agent.agent ? call.agent : null);
  const from = useColleague(call.came_from);
  const { state } = usePhone();
  const { offer } = agent;
  const decline = (): void => {
    if (offer !== null) void action.run(() => declineOffer(call.call, offer));
  };
  useHotkeys([{ keys: "Shift+KeyD", when: canAct && offer !== null && !action.busy, run: decline }]);
  return (
    <section className="strip" data-state="offered" data-testid="offer-panel" data-offer={offer ?? ""} data-ringing={call.offer_state === "ringing"} aria-label={t("call.incoming")}>
      <Ring />
      <div className="grow">
        <h2 className="ellipsis">{asker === "" ? t("call.incoming") : t("control.youAreAsked", { who: asker })}</h2>
        <p className="muted ellipsis">
          {call.offer_state === "ringing" || call.guest?.state === "ringing" ? t(call.answers_itself ? "call.answersItself" : state.here ? "phone.ringing" : "call.ringing") : t(call.answers_itself ? "call.answersItself" : "call.aboutToRing")}
          {from === "" || asker !== "" ? "" : ` · ${t("control.cameFrom", { who: from })}`}
        </p>
        {call.rung.length > 1 ? (
          <p className="muted" data-testid="rung-together">
            {t("call.together", { count: call.rung.length - 1 })}
          </p>
        ) : null}
      </div>
      <Facts call={call} card={card} waited="live" />
      <PhoneControls agent={agent} />
      <div>
        <Button variant="default" onClick={decline} disabled={!canAct || offer === null} loading={action.busy} rightSection={<Key of="Shift+D" />} data-testid="decline">
          {t("call.decline")}
        </Button>
        <ProblemText error={action.error} />
      </div>
    </section>
  );
}

function Talking({ agent, call, card }: Props) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const action = useAction();
  const end = (): void => {
    void action.run(() => hangUp(call.call));
  };
  useHotkeys([{ keys: "Shift+KeyH", when: canAct && !action.busy, run: end }]);
  return (
    <section className="strip controlled" data-state="talking" data-testid="talk-panel" data-held={call.where === "parked"} aria-label={t("call.talking")}>
      <span className="ring">
        <Icon name="phone" size={22} />
      </span>
      <div className="grow">
        <h2>{call.where === "parked" && call.guest === null ? t("control.onHold") : t("call.talking")}</h2>
        <Timer since={agent.since} className="big" />
      </div>
      <Facts call={call} card={card} waited="done" />
      <PhoneControls agent={agent} />
      <div>
        <Button variant="default" onClick={end} disabled={!canAct} loading={action.busy} rightSection={<Key of="Shift+H" />} data-testid="hang-up">
          {t("call.hangUp")}
        </Button>
        <ProblemText error={action.error} />
      </div>
      <div className="call-line">
        <CallBar call={call} />
        <CallState call={call} />
      </div>
    </section>
  );
}

/** A colleague asked this agent in: the call, its note and its outcome are the other's. */
function Helping({ agent, call, card }: Props) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const action = useAction();
  const who = useColleague(call.agent);
  const leave = (): void => void action.run(() => leaveCall(call.call));
  useHotkeys([{ keys: "Shift+KeyH", when: canAct && !action.busy, run: leave }]);
  return (
    <section className="strip" data-state="talking" data-testid="guest-panel" aria-label={t("call.talking")}>
      <span className="ring">
        <Icon name="phone" size={22} />
      </span>
      <div className="grow">
        <h2 className="ellipsis">{t("control.youAreGuest", { who })}</h2>
        <Timer since={agent.since} className="big" />
      </div>
      <Facts call={call} card={card} waited="done" />
      <PhoneControls agent={agent} />
      <div>
        <Button variant="default" onClick={leave} disabled={!canAct} loading={action.busy} rightSection={<Key of="Shift+H" />} data-testid="leave-guest">
          {t("control.leaveGuest")}
        </Button>
        <ProblemText error={action.error} />
      </div>
    </section>
  );
}

/** The agent's own call, until the client answers. */
function Dialling({ agent, call, card }: Props) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const action = useAction();
  const { offer } = agent;
  const end = (): void => {
    if (offer !== null) void action.run(() => declineOffer(call.call, offer));
  };
  useHotkeys([{ keys: "Shift+KeyH", when: canAct && offer !== null && !action.busy, run: end }]);
  return (
    <section className="strip" data-state="offered" data-testid="dial-panel" aria-label={t("control.dialling")}>
      <span className="ring">
        <Icon name="phone" size={22} />
      </span>
      <div className="grow">
        <h2 className="ellipsis">{t("control.dialling")}</h2>
        <p className="muted ellipsis">{call.placed ? t("control.diallingClient") : t("control.diallingOwn")}</p>
      </div>
      <Facts call={call} card={card} waited="live" />
      <div>
        <Button variant="default" onClick={end} disabled={!canAct || offer === null} loading={action.busy} rightSection={<Key of="Shift+H" />} data-testid="hang-up">
          {t("call.hangUp")}
        </Button>
        <ProblemText error={action.error} />
      </div>
    </section>
  );
}

function Wrapping({ agent, call, card }: Props) {
  const { t } = useTranslation();
  const talked = call.answered_at === null ? 0 : (call.ended_at ?? agent.since) - call.answered_at;
  return (
    <section className="strip" data-state="wrap_up" data-testid="wrapup-strip" aria-label={t("call.over")}>
      <div className="grow">
        <h2>{t("call.over")}</h2>
        <p className="muted">{t("wrapUp.chooseHint")}</p>
      </div>
      <Facts call={call} card={card} waited="done" talked={talked} />
    </section>
  );
}
