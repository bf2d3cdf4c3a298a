// Codes of the server in the reader's words.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Site } from "@/api/types";
import { useSite } from "@/data/session";
import { asLanguage } from "@/i18n";

const TICKET_STATUSES = ["new", "open", "in_progress", "waiting", "on_hold", "escalated", "resolved", "closed"] as const;
const DEAL_STAGES = ["new", "qualification", "proposal", "negotiation", "contract", "won", "lost"] as const;
const PHONE_LABELS = ["mobile", "work", "home", "office"] as const;
const SYSTEM_REASONS = ["rona", "phone_unreachable", "browser_lost"] as const;

function isOneOf<T extends string>(codes: readonly T[], code: string): code is T {
  return (codes as readonly string[]).includes(code);
}

export type Names = {
  readonly site: Site | undefined;
  reason: (code: string) => string;
  disposition: (code: string | null) => string;
  queue: (id: string | null) => string;
  /** These come from the site's own lists: a code that is not known here is shown as it is written. */
  ticketStatus: (code: string) => string;
  dealStage: (code: string) => string;
  phoneLabel: (code: string) => string;
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
        return isOneOf(SYSTEM_REASONS, code) ? t(`reason.${code}`) : code;
      },
      disposition(code) {
        if (code === null || code === "") return "";
        return site?.dispositions.find((item) => item.code === code)?.[language] ?? code;
      },
      queue(id) {
        if (id === null) return "";
        return site?.queues.find((queue) => queue.id === id)?.name ?? id;
      },
      ticketStatus: (code) => (isOneOf(TICKET_STATUSES, code) ? t(`ticketStatus.${code}`) : code),
      dealStage: (code) => (isOneOf(DEAL_STAGES, code) ? t(`dealStage.${code}`) : code),
      phoneLabel: (code) => (isOneOf(PHONE_LABELS, code) ? t(`phoneLabel.${code}`) : code),
    }),
    [site, language, t],
  );
}
