import { useTranslation } from "react-i18next";
import type { CandidateAgent, Offer, OfferWhy, RunnerUp } from "@/api/types";
import { Sheet } from "@/components/Sheet";
import { duration, useFormat } from "@/i18n/format";
import { Candidates, ExcludedCounts, isExcluded, useAgentNames } from "./WhyParts";

const CALL_TERMS = ["need", "promise", "ageing"] as const;
const TERMS = [...CALL_TERMS, "skill", "preferred", "spare"] as const;
type Terms = NonNullable<CandidateAgent["score"]>;

/** Why a past call went to whom it went, from what was kept of each offer. */
export default function PastWhySheet({ offers, who, onClose }: { offers: readonly Offer[]; who: string; onClose: () => void }) {
  const { t } = useTranslation("plan");
  return (
    <Sheet title={t("whyOffer.title", { who })} onClose={onClose} testId="why-past" wide>
      <OfferReasons offers={offers} />
    </Sheet>
  );
}

/** Every offer with its reason, the last one first: that is the one that people ask about. */
export function OfferReasons({ offers }: { offers: readonly Offer[] }) {
  const { t } = useTranslation("plan");
  const format = useFormat();
  const agent = useAgentNames();
  if (offers.length === 0) return <p className="muted" data-testid="why-no-offers">{t("whyOffer.none")}</p>;
  return [...offers].reverse().map((offer) => (
    <section key={offer.offer} data-testid="why-offer" data-agent={offer.agent}>
      <h3 className="section">{t(offer.outcome === "answered" ? "whyOffer.served" : "whyOffer.offered", { agent: agent(offer.agent) })}</h3>
      <div className="facts">
        {offer.made_at === null ? null : <span>{format.dateTime(offer.made_at)}</span>}
        <span>{t(offer.outcome === null ? "outcome.running" : `offer.${offer.outcome}`, { ns: "translation" })}</span>
        {offer.waited === null ? null : <span>{t("whyCall.waited", { time: duration(offer.waited) })}</span>}
        {offer.idle === null ? null : <span>{t("whyOffer.free", { time: duration(offer.idle) })}</span>}
      </div>
      {offer.why == null ? <p className="muted">{t("whyOffer.notKept")}</p> : <Reason agent={offer.agent} why={offer.why} />}
    </section>
  ));
}

function Reason({ agent, why }: { agent: string; why: OfferWhy }) {
  const { t } = useTranslation("plan");
  const chosen = scoreOf(why.score);
  const next = why.next ?? [];
  const candidates: CandidateAgent[] = [
    { agent, idle_since: null, score: chosen, excluded: null, reserved_for: null, tie: why.tie ?? null },
    ...next.map((one) => ({ agent: one.agent, idle_since: null, score: beside(chosen, one), excluded: isExcluded(one.excluded) ? one.excluded : null, reserved_for: one.kept_for ?? null, tie: one.tie ?? null })),
  ];
  const excluded = Object.entries(why.excluded ?? {}).flatMap(([reason, agents]) => (isExcluded(reason) ? [{ reason, agents }] : []));
  return (
    <>
      {why.overdue ? <p>{t("whyOffer.overdue")}</p> : null}
      {next.length === 0 ? <p>{t("whyOffer.alone")}</p> : null}
      <Candidates candidates={candidates} at={0} chosen={agent} />
      <ExcludedCounts counts={excluded} title={t("whyOffer.excluded")} />
    </>
  );
}

function scoreOf(kept: Record<string, number>): Terms {
  const term = (name: string): number => kept[name] ?? 0;
  return { total: term("total"), weight: kept.weight ?? 1, need: term("need"), promise: term("promise"), ageing: term("ageing"), skill: term("skill"), preferred: term("preferred"), spare: term("spare") };
}

/** A runner-up's score: what is of the call is as with the chosen. Where that does not add up (a reason kept by an older server), the total alone. */
function beside(chosen: Terms, one: RunnerUp): Terms | null {
  if (one.total == null) return null;
  const own = scoreOf({ ...one.terms, total: one.total });
  const whole = { ...own, need: chosen.need, promise: chosen.promise, ageing: chosen.ageing };
  const sum = (whole.need + whole.promise + whole.ageing) * whole.weight + whole.skill + whole.preferred - whole.spare;
  if (Math.abs(sum - whole.total) < 0.002) return whole;
  return { ...own, ...Object.fromEntries(TERMS.map((term) => [term, 0])) };
}
