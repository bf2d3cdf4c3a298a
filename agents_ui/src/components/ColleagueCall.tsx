import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { IntercomView, Me } from "@/api/types";
import { awaitInPast, hangUpColleague, isRungFor, otherIn, pastIntercomsKey, useIntercom } from "@/data/intercom";
import { useColleague } from "@/panels/control/colleague";
import { usePhone } from "@/phone/context";
import { useAction, useCanAct } from "./action";
import { Button } from "./Button";
import { useHotkeys } from "./hotkeys";
import { Icon } from "./Icon";
import { Key } from "./Key";
import { Speaking } from "./PhoneControls";
import { ProblemText } from "./Problem";
import { Timer } from "./Timer";

/** The agent's internal call, on whatever page he is. */
export function ColleagueCall({ me }: { me: Me }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const call = useIntercom(me.login);
  const who = useColleague(call === undefined ? null : otherIn(call, me.login));
  const id = call?.intercom ?? null;
  const before = useRef(id);
  useEffect(() => {
    // One is over: the list of the past ones has a new row.
    const was = before.current;
    before.current = id;
    if (was === null || was === id) return;
    awaitInPast(was);
    void queries.invalidateQueries({ queryKey: pastIntercomsKey });
  }, [id, queries]);
  return (
    <>
      <div className="visually-hidden" role="alert" data-testid="announce-colleague">
        {isRungFor(call, me.login) ? t("control.internal.rings", { who }) : ""}
      </div>
      {call === undefined ? null : <Panel key={call.intercom} call={call} who={who} outgoing={call.by === me.login} />}
    </>
  );
}

function Panel({ call, who, outgoing }: { call: IntercomView; who: string; outgoing: boolean }) {
  const { t } = useTranslation();
  const { phone, state } = usePhone();
  const canAct = useCanAct();
  const action = useAction();
  const talks = call.state === "talking";
  const incoming = !outgoing && !talks;
  const here = phone !== null && state.station === "browser" && state.here;
  // The phone may have heard of it already, or not yet.
  const leg = state.call?.intercom === call.intercom ? state.call : null;
  const answerable = here && !talks && (incoming || leg?.state === "ringing");
  const words = t(talks ? "control.internal.talk" : outgoing ? "control.internal.calling" : "control.internal.rings", { who });
  const end = (): void => void action.run(hangUpColleague);
  const endWords = incoming ? t("call.decline") : t("call.hangUp");
  useHotkeys([
    { keys: "KeyA", when: answerable && leg?.state === "ringing", run: () => phone?.answer(), label: t("phone.answer") },
    { keys: "Shift+KeyH", when: canAct && !action.busy, run: end, label: endWords },
  ]);
  return (
    <div className="internal-call">
      <section className="strip" data-state={incoming && call.state === "ringing" ? "offered" : "internal"} data-talks={talks} data-phase={call.state} data-testid="colleague-panel" aria-label={words}>
        <span className="ring">
          <Icon name="phone" size={22} />
        </span>
        <div className="grow">
          <h2 className="ellipsis">{words}</h2>
          {talks ? (
            <Timer since={call.since} className="big" />
          ) : (
            <p className="muted ellipsis">
              <Waits call={call} outgoing={outgoing} here={here} /> · <Timer since={call.since} />
            </p>
          )}
        </div>
        {talks && here ? <Speaking /> : null}
        {answerable ? (
          <Button onClick={() => phone.answer()} disabled={leg?.state !== "ringing"} loading={leg?.state === "answering"} rightSection={<Key of="A" />} data-testid="answer">
            {t("phone.answer")}
          </Button>
        ) : null}
        <div>
          <Button variant="default" onClick={end} disabled={!canAct} loading={action.busy} rightSection={<Key of="Shift+H" />} data-testid="hang-up">
            {endWords}
          </Button>
          <ProblemText error={action.error} />
        </div>
      </section>
    </div>
  );
}

/** What is waited for until the two talk. */
function Waits({ call, outgoing, here }: { call: IntercomView; outgoing: boolean; here: boolean }) {
  const { t } = useTranslation();
  const rings = call.state === "ringing";
  if (outgoing) return rings ? t("control.internal.ringing") : here ? t("control.internal.connecting") : t("control.diallingOwn");
  if (!rings) return t("control.internal.soon");
  return here ? t("phone.ringing") : t("call.ringing");
}
