import type { TFunction } from "i18next";

/** How long something was: 14 seconds, 12 minutes, 3 hours; in the case that "for ..." asks for. */
export function awayWords(t: TFunction, seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 90) return t("away.seconds", { count: whole });
  if (whole < 90 * 60) return t("away.minutes", { count: Math.round(whole / 60) });
  return t("away.hours", { count: Math.round(whole / 3600) });
}
