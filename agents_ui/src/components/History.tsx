import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Interaction, InteractionDetail } from "@/api/types";
import { useCollection, useEntity } from "@/api/collection";
import { useCallDetail } from "@/data/calls";
import { idOf, useMadeInCall } from "@/data/timeline";
import { duration, phoneNumber, useFormat } from "@/i18n/format";
import { Answered, Moves, Noted, RecordingPlayer, Sounded } from "./CallPapers";
import { DialNumber, FreeText } from "./DialNumber";
import { lazyPlan } from "./lazyPlan";
import { useNames } from "./names";
import { Failed, Skeletons } from "./Problem";

const PastWhySheet = lazyPlan(() => import("@/panels/WhyOffers"));

/** Outcome in words, with its colour: missed, abandoned and answered never look alike. */
export function Outcome({ interaction }: { interaction: Interaction }) {
  const { t } = useTranslation();
  const { outcome } = interaction;
  if (outcome === null) return <span style={{ color: "var(--talking)" }}>{t("outcome.running")}</span>;
  const colour = { answered: "var(--ready)", abandoned: "var(--danger)", fallback: "var(--paused)", unknown: "var(--ink-3)", flow: "var(--ink-2)", kept_place: "var(--wrap_up)", not_reached: "var(--paused)" }[outcome];
  return <span style={{ color: colour }}>{t(`outcome.${outcome}`)}</span>;
}

export function CallDetail({ call }: { call: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const names = useNames();
  const { data, error, refetch } = useCallDetail(call);
  if (error !== null) return <Failed error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Skeletons rows={2} />;
  return (
    <div className="detail" data-testid="call-detail">
      <div className="row" style={{ flexWrap: "wrap", columnGap: 18 }}>
        <span>{format.dateTime(data.started_at)}</span>
        {data.direction === "outbound" ? <span className="chip">{t("past.outbound")}</span> : null}
        <DialNumber number={data.number} />
        <span>{names.queue(data.queue)}</span>
        <Outcome interaction={data} />
        <span className="muted">{t("history.waited", { time: duration(data.waited) })}</span>
        <span className="muted">{t("history.talked", { time: duration(data.talked) })}</span>
        {data.held > 0 ? <span className="muted">{t("past.held", { time: duration(data.held) })}</span> : null}
        {data.recorded ? <RecordingPlayer call={data.call} /> : null}
      </div>
      <Noted detail={data} />
      {data.offers.length === 0 ? null : (
        <ul className="offer-lines">
          {data.offers.filter(({ outcome }) => outcome !== "answered_elsewhere").map((offer) => (
            <li key={offer.offer} className="line">
              <OfferLine offer={offer} />
            </li>
          ))}
          <RungToo offers={data.offers} />
        </ul>
      )}
      {data.offers.length === 0 ? null : <WhyOffers detail={data} />}
      <Moves facts={data.facts} />
      {data.script === null ? null : <Answered script={data.script} />}
      <Sounded legs={data.quality} />
      <MadeInCall client={data.client} call={call} />
    </div>
  );
}

/** The notes, tasks, tickets and deals that were made in the call. */
function MadeInCall({ client, call }: { client: number | null; call: string }) {
  const { t } = useTranslation();
  const { data } = useMadeInCall(client, call);
  if (data === undefined || data.items.length === 0) return null;
  return (
    <div data-testid="made-in-call">
      <p className="label">{t("timeline.madeInCall")}</p>
      <ul>
        {data.items.map((entry) =>
          entry.kind === "call" ? null : (
            <li key={idOf(entry)} className="line">
              <span className="muted nowrap">{t(`timeline.one.${entry.kind}`)}</span>
              <span className="clamp">
                <FreeText text={entry.kind === "note" ? entry.text : entry.title} />
              </span>
            </li>
          ),
        )}
      </ul>
    </div>
  );
}

function WhyOffers({ detail }: { detail: InteractionDetail }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="link-button" onClick={() => setOpen(true)} data-testid="why-past-open">
        {t("history.why")}
      </button>
      {open ? (
        <Suspense>
          <PastWhySheet offers={detail.offers} who={detail.number === "" ? t("card.hidden") : phoneNumber(detail.number)} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** Those who were rung at the same time as who answered: one line, however many they were, and no blame. */
function RungToo({ offers }: { offers: InteractionDetail["offers"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const agents = useCollection("agent");
  const slower = offers.filter(({ outcome }) => outcome === "answered_elsewhere");
  const first = slower[0];
  if (first === undefined) return null;
  const names = slower.map(({ agent }) => agents.find((one) => one.agent === agent)?.name ?? agent);
  return (
    <li className="line muted" data-testid="rung-too">
      <span className="num">{first.made_at === null ? "" : format.time(first.made_at)}</span>
      <span>{t("history.rungToo", { agents: names.join(", ") })}</span>
      <span className="end">{t("offer.answered_elsewhere")}</span>
    </li>
  );
}

function OfferLine({ offer }: { offer: InteractionDetail["offers"][number] }) {
  const { t } = useTranslation();
  const format = useFormat();
  // The floor knows the names of those who are here; of others the history keeps the login.
  const name = useEntity("agent", offer.agent)?.name ?? offer.agent;
  return (
    <>
      <span className="num muted">{offer.made_at === null ? "" : format.time(offer.made_at)}</span>
      <span>{t("history.offered", { agent: name })}</span>
      <span className="end">{offer.outcome === null ? t("outcome.running") : t(`offer.${offer.outcome}`)}</span>
    </>
  );
}
