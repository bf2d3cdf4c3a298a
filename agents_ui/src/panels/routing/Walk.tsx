import { useTranslation } from "react-i18next";
import type { FlowWalk, WalkTrace } from "@/api/types";
import { useNames } from "@/components/names";
import { useFlows, useHours, useValues } from "@/data/plan";
import { duration, useFormat } from "@/i18n/format";
import { usePromptWords } from "./stepWords";

/** A walk through a flow as a numbered list: what was decided, then what the caller hears. */
export function Walk({ walk, flow, onStep }: { walk: FlowWalk; flow: string; onStep: (step: string) => void }) {
  const why = useWhyWords();
  const does = useMoveWords();
  const began = walk.moves[0]?.at ?? 0;
  return (
    <ol className="walk">
      {walk.moves.map((move, index) => {
        const told = does(move);
        return (
          // By its index: moves have no other name, and never change
          <li key={index} data-action={move.action}>
            <span className="num muted">{duration(move.at - began)}</span>
            <div>
              {move.trace.map((trace, at) => {
                const { step } = trace;
                return (
                  // By its index: as above
                  <div key={at} className="trace" data-why={trace.why}>
                    {step === null || trace.flow !== flow ? (
                      <code>{step ?? ""}</code>
                    ) : (
                      <button type="button" className="link-button" onClick={() => onStep(step)}>
                        <code>{step}</code>
                      </button>
                    )}
                    {trace.why === "played" ? null : <span className="muted">{why(trace)}</span>}
                  </div>
                );
              })}
              {told === "" ? null : <div className="heard">{told}</div>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

export function useWhyWords(): (trace: Pick<WalkTrace, "why" | "told">) => string {
  const { t } = useTranslation("plan");
  const names = useNames();
  const format = useFormat();
  const hours = useHours();
  const flows = useFlows();
  const values = useValues();
  const said = usePromptWords();
  // Which values a sentence takes the server tells with it; the types of `t` want them one by one.
  const say = t as (key: `why.${WalkTrace["why"]}`, values: Record<string, string>) => string;
  const named = (items: readonly { id: string; name: string }[] | undefined, id: string): string => items?.find((item) => item.id === id)?.name ?? id;
  return (trace) => {
    const { told } = trace;
    const why: string = trace.why;
    const text = (name: string): string => {
      const value = told[name];
      return value === null || value === undefined ? "" : String(value);
    };
    const number = (name: string): number | null => {
      const value = told[name];
      return typeof value === "number" ? value : null;
    };
    switch (why) {
      case "closed": {
        const opens = number("opens");
        const day = text("day");
        const place = { hours: named(hours.data?.items, text("hours")) };
        const base = day === "" ? t("why.closed", place) : t("why.closedDay", { ...place, day });
        return opens === null ? base : `${base} ${t("why.opensAt", { time: format.dateTime(opens) })}`;
      }
      case "open":
        return text("day") === "" ? t("why.open", { hours: named(hours.data?.items, text("hours")) }) : t("why.openDay", { hours: named(hours.data?.items, text("hours")), day: text("day") });
      case "overflowed": {
        const kind = text("kind");
        if (kind === "waited" || kind === "length" || kind === "expected_wait") return t(`why.overflow_${kind}`, { limit: text("limit"), actual: text("actual") });
        return t("why.overflow_nobody");
      }
      case "announced": {
        const place = number("place");
        const minutes = number("minutes");
        return [t("why.announced"), place === null ? "" : t("why.announcedPlace", { place }), minutes === null ? "" : t("why.announcedMinutes", { minutes })].filter((part) => part !== "").join(", ");
      }
      case "played":
      case "prompt_missing":
        return t(`why.${why}`, { prompt: said(text("prompt")) });
      case "jumped":
        return t("why.jumped", { by: named(flows.data?.items, text("by")) });
      case "joined":
      case "callback_offered":
      case "recording":
        return t(`why.${why}`, { queue: names.queue(text("queue")) });
      case "callback_wanted":
        return told.own === true ? t("why.callback_wanted") : t("why.callback_wantedOther");
      case "callback_refused": {
        const reason = text("reason");
        return isUnkeepable(reason) ? `${t("why.callback_refused")}: ${t(`why.unkeepable.${reason}`)}` : t("why.callback_refused");
      }
      case "value":
      case "other_value":
        return t(`why.${why}`, { value: text("value") === "" ? t("tester.noValue") : named(values.data?.items, text("value")) });
      case "entered":
        return t("why.entered", { by: text("by") });
      case "asked":
        return t("why.asked", { number: text("number") });
      default:
        return say(`why.${trace.why}`, Object.fromEntries(Object.keys(told).map((name) => [name, text(name)])));
    }
  };
}

const UNKEEPABLE = ["no_number", "no_agent", "never_allowed"] as const;

function isUnkeepable(code: string): code is (typeof UNKEEPABLE)[number] {
  return (UNKEEPABLE as readonly string[]).includes(code);
}

type Move = FlowWalk["moves"][number];

function useMoveWords(): (move: Move) => string {
  const { t } = useTranslation("plan");
  const names = useNames();
  const said = usePromptWords();
  return ({ action, details }) => {
    const spoken = Array.isArray(details.spoken) ? details.spoken.filter((part): part is string => typeof part === "string").map((part) => said(part)) : [];
    const heard = spoken.length === 0 ? t("move.silence") : t("move.hears", { spoken: spoken.join(" · ") });
    const text = (name: string): string => {
      const value: unknown = details[name];
      return typeof value === "string" || typeof value === "number" ? String(value) : "";
    };
    switch (action) {
      case "play":
        return heard;
      case "ask":
        return text("most_digits") === "1" ? t("move.asksKey", { heard }) : t("move.asksNumber", { heard });
      case "record":
        return t("move.records", { heard });
      case "dial_out":
        return t("move.dials", { number: text("number") });
      case "join":
        return t("move.joins", { queue: names.queue(text("queue")) });
      case "keep_place":
        return t("move.keepsPlace", { queue: names.queue(text("queue")) });
      case "end":
        return t("move.ends");
      default: // look_up and stay: nothing that the caller would notice
        return "";
    }
  };
}
