import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCollection, useEntity, useStatus } from "@/api/collection";
import type { AgentView, Me } from "@/api/types";
import { askToNotify, canAsk, HELP, inFront, KNOCK, notify, play, useNews, useRing } from "@/data/alerts";
import { unreadOf } from "@/data/chat";
import { isRungFor, useIntercom } from "@/data/intercom";
import { setNotify, useNotify, useSound } from "@/data/prefs";
import { phoneNumber } from "@/i18n/format";
import { useColleague } from "@/panels/control/colleague";
import { usePhone } from "@/phone/context";
import { Button } from "./Button";
import { useNames } from "./names";

/** Calls the person to the console while it is behind other windows: for an offer, a colleague's call, a message, a
 * raised hand. */
export function Alerts({ me, agent }: { me: Me; agent: AgentView | undefined }) {
  return (
    <>
      <OfferAlert agent={agent} />
      <ColleagueAlert me={me} />
      <ChatAlert me={me} />
      {me.role === "supervisor" || me.role === "administrator" ? <HandAlert me={me} /> : null}
    </>
  );
}

function OfferAlert({ agent }: { agent: AgentView | undefined }) {
  const { t } = useTranslation();
  const names = useNames();
  const { leads } = useStatus();
  const sound = useSound();
  const wanted = useNotify();
  const offered = agent?.state === "offered" && leads;
  const call = useEntity("call", offered ? agent.call : null);
  const card = useEntity("card", offered ? agent.call : null)?.card;
  const offer = offered ? agent.offer : null;
  const who = card?.client?.name ?? (call === undefined || call.number === "" ? "" : phoneNumber(call.number));
  const queue = names.queue(call?.queue ?? null);
  const known = call !== undefined;
  const phone = usePhone().state;
  // A phone in this browser rings by itself, in front or not: one ring is enough.
  useRing(offered && sound && !(phone.station === "browser" && phone.here));
  useEffect(() => {
    if (offer === null || !known || wanted !== "on" || inFront()) return;
    return notify(who === "" ? t("alerts.offer") : `${t("alerts.offer")}: ${who}`, queue === "" ? "" : t("alerts.queue", { queue }), `offer-${offer}`);
  }, [offer, known, wanted, who, queue, t]);
  return null;
}

function ColleagueAlert({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { leads } = useStatus();
  const sound = useSound();
  const wanted = useNotify();
  const intercom = useIntercom(me.login);
  const rung = leads && isRungFor(intercom, me.login) ? intercom : null;
  const who = useColleague(rung?.by ?? null);
  const id = rung?.intercom ?? null;
  const phone = usePhone().state;
  useRing(rung !== null && sound && !(phone.station === "browser" && phone.here));
  useEffect(() => {
    if (id === null || wanted !== "on" || inFront()) return;
    return notify(t("control.internal.rings", { who }), t("state.internal"), `intercom-${id}`);
  }, [id, wanted, who, t]);
  return null;
}

function ChatAlert({ me }: { me: Me }) {
  const { t } = useTranslation();
  const chats = useCollection("chat");
  const marks = useEntity("marks", me.login);
  const colleagues = useCollection("colleague");
  const { leads, everLive } = useStatus();
  const sound = useSound();
  const wanted = useNotify();
  const unread = useMemo(
    () => chats.filter((chat) => unreadOf(chat, marks, me.login) > 0).map((chat) => `${chat.conversation} ${String(chat.messages.at(-1)?.number ?? 0)}`),
    [chats, marks, me.login],
  );
  useNews(unread, everLive, (name) => {
    if (!leads || inFront()) return;
    const chat = chats.find((one) => name.startsWith(`${one.conversation} `));
    const sender = chat?.messages.at(-1)?.sender ?? "";
    if (sound) play(KNOCK);
    // Others look at this screen as well: what was written is read in the console only.
    if (wanted === "on") notify(t("alerts.message", { name: colleagues.find((one) => one.agent === sender)?.name ?? sender }), t("alerts.hidden"), `chat-${chat?.conversation ?? ""}`);
  });
  return null;
}

function HandAlert({ me }: { me: Me }) {
  const { t } = useTranslation();
  const agents = useCollection("agent");
  const { everLive } = useStatus();
  const sound = useSound();
  const wanted = useNotify();
  const hands = useMemo(() => agents.filter((agent) => agent.hand_since !== null && agent.agent !== me.login), [agents, me.login]);
  const up = useMemo(() => hands.map((agent) => agent.agent), [hands]);
  useNews(up, everLive, (agent) => {
    // Somebody waits: this one is heard in front as well.
    if (sound) play(HELP);
    if (wanted === "on" && !inFront()) notify(t("hand.notice", { name: hands.find((one) => one.agent === agent)?.name ?? agent }), "", `hand-${agent}`);
  });
  return (
    <div className="visually-hidden" role="alert" data-testid="announce-hands">
      {hands.length === 0 ? "" : t("hand.board", { count: hands.length })}
    </div>
  );
}

/** Asked once, in a quiet line, and only where the browser would ask as well. */
export function AskToNotify() {
  const { t } = useTranslation();
  const wanted = useNotify();
  const [possible, setPossible] = useState(canAsk);
  if (wanted !== "unasked" || !possible) return null;
  return (
    <div className="ask" data-testid="ask-to-notify">
      <span>{t("alerts.ask")}</span>
      <Button size="compact-sm" onClick={() => void askToNotify().then((granted) => setNotify(granted ? "on" : "off"))}>
        {t("alerts.yes")}
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => {
          setNotify("off");
          setPossible(false);
        }}
      >
        {t("alerts.no")}
      </Button>
    </div>
  );
}
