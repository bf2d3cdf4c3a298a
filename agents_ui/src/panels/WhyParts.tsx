import { useTranslation } from "react-i18next";
import { useCollection } from "@/api/collection";
import type { CandidateAgent, CallWhy } from "@/api/types";
import { useNames } from "@/components/names";
import { duration } from "@/i18n/format";

const TERMS = ["need", "promise", "ageing", "skill", "preferred", "spare"] as const;
type Term = (typeof TERMS)[number];
export const EXCLUDED = ["busy", "skills", "ring", "work", "declined", "patience", "reserved", "most_at_once"] as const;

export function isExcluded(code: string | null | undefined): code is (typeof EXCLUDED)[number] {
  return code != null && (EXCLUDED as readonly string[]).includes(code);
}

export function useAgentNames(): (login: string) => string {
  const agents = useCollection("agent");
  return (login) => agents.find(({ agent }) => agent === login)?.name ?? login;
}

export function ExcludedCounts({ counts, title }: { counts: CallWhy["excluded"]; title: string }) {
  const { t } = useTranslation("plan");
  if (counts.length === 0) return null;
  return (
    <>
      <h3 className="section">{title}</h3>
      <ul data-testid="why-excluded">
        {counts.map(({ reason, agents: count }) => (
          <li key={reason} className="line">
            <strong className="num reason-count">{count}</strong>
            <span>{t(`excluded.${reason}`)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** `chosen` is who got the call, where that is settled. */
export function Candidates({ candidates, at, chosen = null }: { candidates: readonly CandidateAgent[]; at: number; chosen?: string | null }) {
  const { t } = useTranslation("plan");
  const names = useNames();
  const agent = useAgentNames();
  const value = (one: CandidateAgent, term: Term): number => (one.score === null ? 0 : term === "spare" ? -one.score.spare : one.score[term] * (term === "skill" || term === "preferred" ? 1 : one.score.weight));
  const used = TERMS.filter((term) => candidates.some((one) => Math.abs(value(one, term)) > 0.0005));
  const most = Math.max(...candidates.flatMap((one) => used.map((term) => Math.abs(value(one, term)))), 0.001);
  const free = candidates.some(({ idle_since: since }) => since !== null);
  if (candidates.length === 0) return null;
  return (
    <>
      {chosen === null ? <h3 className="section">{t("whyCall.candidates")}</h3> : null}
      <div className="scroll-x">
        <table className="table dense" data-testid="why-candidates">
          <thead>
            <tr>
              <th>{t("whyCall.agent")}</th>
              {free ? <th className="right">{t("whyCall.free")}</th> : null}
              <th className="right">{t("whyCall.score")}</th>
              {used.map((term) => (
                <th key={term} title={t(`whyTerm.${term}.meaning`)}>
                  {t(`whyTerm.${term}.name`)}
                </th>
              ))}
              <th>{t(chosen === null ? "whyCall.whyNot" : "whyOffer.place")}</th>
            </tr>
          </thead>
          <tbody>
            {candidates.map((one) => (
              <tr key={one.agent}>
                <td>
                  {agent(one.agent)}
                  {one.tie === null ? null : <span className="muted">{` ${t(`tie.${one.tie}`)}`}</span>}
                </td>
                {free ? <td className="right num">{one.idle_since === null ? "" : duration(at - one.idle_since)}</td> : null}
                <td className="right num">{one.score === null ? "" : one.score.total.toFixed(3)}</td>
                {used.map((term) => (
                  <td key={term}>{one.score === null ? null : <Bar value={value(one, term)} most={most} />}</td>
                ))}
                <td>
                  {one.agent === chosen ? <strong>{t("whyOffer.chosen")}</strong> : one.excluded === null ? t(chosen === null ? "whyCall.canTake" : "whyOffer.next") : t(`excludedOne.${one.excluded}`)}
                  {one.reserved_for === null ? "" : ` ${t("whyCall.keptFor", { queue: names.queue(one.reserved_for) })}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Bar({ value, most }: { value: number; most: number }) {
  return (
    <span className="term-bar">
      <span className="bar" aria-hidden="true">
        <span data-sign={value < 0 ? "less" : "more"} style={{ width: `${Math.min(100, (Math.abs(value) / most) * 100)}%` }} />
      </span>
      <span className="num">{value === 0 ? "" : value.toFixed(3)}</span>
    </span>
  );
}
