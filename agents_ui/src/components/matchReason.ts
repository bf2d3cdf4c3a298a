import { useTranslation } from "react-i18next";
import { useFormat } from "@/i18n/format";
import { useNames } from "./names";

/** Why a client is thought to be the caller, in words; a code that this build does not know says what the server says. */
export function useReason(): (reason: { code: string; detail: string }) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const names = useNames();
  return ({ code, detail }) => {
    switch (code) {
      case "number":
        return detail === "" ? t("match.reason.number") : t("match.reason.labelled", { detail: names.phoneLabel(detail) });
      case "spoke": {
        const at = Date.parse(detail) / 1000;
        return t("match.reason.spoke", { detail: Number.isNaN(at) ? detail : format.when(at) });
      }
      case "rank":
        return t("match.reason.rank", { detail: detail === "vip" || detail === "risk" ? t(`rank.${detail}`) : detail });
      case "picked":
      case "ticket":
      case "deal":
      case "task":
        return t(`match.reason.${code}`, { detail });
      default:
        return detail === "" ? code : detail;
    }
  };
}
