// Steps, ways and prompts in the reader's words.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Step } from "@/api/types";
import { useNames } from "@/components/names";
import { useFlows, useHours, usePrompts, useValues } from "@/data/plan";
import type { en } from "@/i18n/plan.en";
import { promptsOf, type Reason } from "./flow";
import type { Option } from "./parts";
import { useLevels } from "./parts";

type BuiltIn = keyof typeof en.builtIn;
const BUILT_IN: readonly BuiltIn[] = [
  "cc-closed", "cc-callback-number", "cc-callback-confirm", "cc-callback-type", "cc-callback-kept", "cc-callback-refused", "cc-position", "cc-minutes", "cc-press", "cc-star", "cc-pound",
];

/** Prompts that the product itself plays; what they say is known. */
export const asBuiltIn = (prompt: string): BuiltIn | undefined => BUILT_IN.find((one) => one === prompt);

/** A prompt as it is shown: what it says where that is known, its name elsewhere. */
export function usePromptWords(): (prompt: string) => string {
  const { t } = useTranslation("plan");
  return (prompt) => {
    const known = asBuiltIn(prompt);
    return known === undefined ? prompt : t(`builtIn.${known}`);
  };
}

export function useWayWords(): (reason: Reason) => string {
  const { t } = useTranslation("plan");
  const values = useValues();
  return (reason) => {
    switch (reason.code) {
      case "key":
        return t("way.key", { key: reason.key });
      case "callback":
        return reason.key === "" ? t("way.callbackNoKey") : t("way.callback", { key: reason.key });
      case "value":
        return t("way.value", { value: values.data?.items.find(({ id }) => id === reason.value)?.name ?? reason.value });
      case "waited":
      case "length":
      case "expected_wait":
        return t(`way.${reason.code}`, { limit: reason.limit });
      case "nobody":
      case "next":
      case "otherwise":
      case "found":
      case "open":
      case "closed":
      case "known":
      case "unknown":
      case "declined":
      case "unanswered":
        return t(`way.${reason.code}`);
    }
  };
}

/** What a step does, in one sentence without its ways. */
export function useStepWords(): (step: Step) => string {
  const { t } = useTranslation("plan");
  const names = useNames();
  const hours = useHours();
  const flows = useFlows();
  const levels = useLevels();
  const said = usePromptWords();
  return (step) => {
    const prompt = step.do !== "enqueue" && promptsOf(step)[0] !== undefined ? said(promptsOf(step)[0] ?? "") : "";
    switch (step.do) {
      case "say":
      case "menu":
      case "ask_number":
        return prompt === "" ? "" : t(`step.${step.do}.told`, { prompt });
      case "set_language":
        return t("step.set_language.told", { language: step.language }) + (step.wanted === undefined || step.wanted.length === 0 ? "" : `; ${levels(step.wanted)}`);
      case "if_open":
        return t("step.if_open.told", { hours: hours.data?.items.find(({ id }) => id === step.hours)?.name ?? step.hours });
      case "if_known":
      case "by_value":
        return t(`step.${step.do}.told`);
      case "enqueue":
      case "offer_callback":
        return t(`step.${step.do}.told`, { queue: names.queue(step.queue) });
      case "voicemail":
        return t("step.voicemail.told", { queue: names.queue(step.queue), seconds: step.seconds ?? 120 });
      case "call_out":
        return t("step.call_out.told", { number: step.number, seconds: step.seconds ?? 30 });
      case "jump":
        return t("step.jump.told", { flow: flows.data?.items.find(({ id }) => id === step.flow)?.name ?? step.flow });
      case "hang_up":
        return prompt === "" ? t("step.hang_up.silent") : t("step.hang_up.told", { prompt });
    }
  };
}

export type Choices = { readonly prompts: readonly Option[]; readonly queues: readonly Option[]; readonly hours: readonly Option[]; readonly flows: readonly Option[]; readonly values: readonly Option[] };

/** What a step may name. Prompts are those that are recorded, that flows name, and that the product has. */
export function useChoices(named: readonly string[]): Choices {
  const { site } = useNames();
  const prompts = usePrompts();
  const hours = useHours();
  const flows = useFlows();
  const values = useValues();
  return useMemo(() => {
    const named_ = (items: readonly { id: string; name: string }[] | undefined): Option[] => (items ?? []).map(({ id, name }) => ({ value: id, label: name }));
    const recorded = (prompts.data?.items ?? []).map(({ id }) => id);
    const known = [...new Set([...recorded, ...BUILT_IN])].sort();
    const unrecorded = [...new Set(named)].filter((name) => name !== "" && !known.includes(name)).sort();
    return {
      prompts: [...known, ...unrecorded].map((name) => ({ value: name, label: name })),
      queues: named_(site?.queues),
      hours: named_(hours.data?.items),
      flows: named_(flows.data?.items),
      values: named_(values.data?.items),
    };
  }, [site, prompts.data, hours.data, flows.data, values.data, named]);
}
