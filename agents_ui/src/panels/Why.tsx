import { useTranslation } from "react-i18next";
import type { AgentWhy, CallWhy } from "@/api/types";
import { useNames } from "@/components/names";
import { Failed, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { useAgentWhy, useCallWhy } from "@/data/why";
import { duration, useFormat } from "@/i18n/format";
import { useSkillNames } from "./routing/parts";
import { OfferReasons } from "./WhyOffers";
import { Candidates, EXCLUDED, ExcludedCounts, isExcluded, useAgentNames } from "./WhyParts";
import "@/theme/plan.css";

/** What a call waits for, and how the agents stand for it, as things are now. */
export function CallWhySheet({ call, who, onClose }: { call: string; who: string; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const { data, error, refetch } = useCallWhy(call);
  const title = data?.waits_for !== "unknown" ? "whyCall.title" : "whyOffer.title";
  return (
    <Sheet title={t(title, { who })} onClose={onClose} testId="why-call" wide>
      {data !== undefined ? <CallWhyText why={data} /> : error !== null ? <Failed error={error} retry={() => void refetch()} /> : <Skeletons rows={5} />}
    </Sheet>
  );
}

function CallWhyText({ why }: { why: CallWhy }) {
  const { t } = useTranslation("plan");
  const names = useNames();
  const agent = useAgentNames();
  const skills = useSkillNames();
  const format = useFormat();
  const stands = why.waits_for !== "unknown";
  const agents = why.agents.map(agent).join(", ");
  const queues = why.queues.map((queue) => names.queue(queue)).join(", ");
  const headline = why.waits_for !== "unknown"
    ? t(`waitsFor.${why.waits_for}`, { agents, queues, skills: why.skills.map((skill) => skills.name(skill)).join(", "), count: why.count })
    : why.outcome !== null
      ? t("whyOffer.over", { outcome: t(`outcome.${why.outcome}`, { ns: "translation" }) })
      : why.rung.length > 1
        ? t("whyState.rung", { agents: why.rung.map(agent).join(", ") })
        : t(`whyState.${why.state}`, { agent: why.agent === null ? "" : agent(why.agent), step: why.step ?? "", flow: why.flow ?? "" });
  return (
    <>
      <p className="headline" data-testid="why-headline" data-waits-for={why.waits_for}>
        {headline}
      </p>
      <div className="facts">
        {why.queue === null ? null : <span>{t("whyCall.queue", { queue: names.queue(why.queue) })}</span>}
        {stands ? <span>{t("whyCall.waited", { time: duration(why.waited) })}</span> : null}
        {stands ? <span>{t("whyCall.ahead", { count: why.ahead })}</span> : null}
        {why.until === null ? null : <span>{t("whyCall.until", { time: format.time(why.until), in: duration(why.until - why.at) })}</span>}
      </div>
      {stands ? <Candidates candidates={why.candidates} at={why.at} /> : null}
      <ExcludedCounts counts={why.excluded} title={t("whyCall.excluded")} />
      {why.offers.length > 0 || !stands ? <OfferReasons offers={why.offers} /> : null}
    </>
  );
}

/** Why an agent gets no call now, and the calls that others got meanwhile. */
export function AgentWhySheet({ agent, name, onClose }: { agent: string; name: string; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const { data, error, refetch } = useAgentWhy(agent);
  return (
    <Sheet title={t("whyAgent.title", { name })} onClose={onClose} testId="why-agent">
      {data !== undefined ? <AgentWhyText why={data} /> : error !== null ? <Failed error={error} retry={() => void refetch()} /> : <Skeletons rows={4} />}
    </Sheet>
  );
}

function AgentWhyText({ why }: { why: AgentWhy }) {
  const { t } = useTranslation("plan");
  const names = useNames();
  const agent = useAgentNames();
  const format = useFormat();
  const state = why.state === "paused" && why.reason !== "" ? names.reason(why.reason) : t(`state.${why.state}`, { ns: "translation" });
  const passed = (first: string): string => (isPassed(first) ? t(`passed.${first}`) : first);
  return (
    <>
      <div className="facts">
        <span>{t("whyAgent.state", { state, time: duration(why.at - why.since) })}</span>
        {why.idle_since === null ? null : <span>{t("whyAgent.free", { time: duration(why.at - why.idle_since) })}</span>}
      </div>
      <ul className="reasons" data-testid="why-reasons">
        {why.reasons.map(({ code, queue, count, detail }) => (
          <li key={`${code} ${queue ?? ""} ${detail}`} data-code={code}>
            {code === "excluded" ? t("idle.excluded", { count, queue: names.queue(queue), why: isExcluded(detail) ? t(`excludedOne.${detail}`) : detail }) : t(`idle.${code}`, { count, queue: names.queue(queue) })}
          </li>
        ))}
      </ul>
      <h3 className="section">{t("whyAgent.passedOver")}</h3>
      {why.passed_over.length === 0 ? (
        <p className="muted">{t("whyAgent.none")}</p>
      ) : (
        <table className="table dense">
          <tbody>
            {why.passed_over.map((one) => (
              <tr key={`${one.call} ${one.at}`}>
                <td className="num muted">{format.time(one.at)}</td>
                <td>{names.queue(one.queue)}</td>
                <td>{t("whyAgent.wentTo", { agent: agent(one.agent) })}</td>
                <td>{passed(one.first)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

const PASSED = ["score_lower", "order", ...EXCLUDED] as const;

function isPassed(code: string): code is (typeof PASSED)[number] {
  return (PASSED as readonly string[]).includes(code);
}
