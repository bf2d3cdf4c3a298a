// Codes of the server in the reader's words.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Site } from "@/api/types";
import { useSite } from "@/data/session";
import { asLanguage } from "@/i18n";

const SYSTEM_REASONS = ["rona", "phone_unreachable", "browser_lost"] as const;
type SystemReason = (typeof SYSTEM_REASONS)[number];

function isSystemReason(code: string): code is SystemReason {
  return (SYSTEM_REASONS as readonly string[]).includes(code);
}

export type Names = {
  readonly site: Site | undefined;
  reason: (code: string) => string;
  disposition: (code: string | null) => string;
  queue: (id: string | null) => string;
};

export function useNames(): Names {
  const { t, i18n } = useTranslation();
  const language = asLanguage(i18n.language);
  const { data: site } = useSite();
  return useMemo(
    () => ({
      site,
      reason(code) {
        const known = site?.pause_reasons.find((reason) => reason.code === code);
        if (known !== undefined) return known[language];
        return isSystemReason(code) ? t(`reason.${code}`) : code;
      },
      disposition(code) {
        if (code === null || code === "") return "";
        return site?.dispositions.find((item) => item.code === code)?.[language] ?? code;
      },
      queue(id) {
        if (id === null) return "";
        return site?.queues.find((queue) => queue.id === id)?.name ?? id;
      },
    }),
    [site, language, t],
  );
}
