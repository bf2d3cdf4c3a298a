import type { TFunction } from "i18next";
import type { PhoneState } from "./state";

/** Which devices are unplugged, and what is used meanwhile. */
export function lostWords(t: TFunction, lost: PhoneState["lost"]): string {
  return t("phone.lost", { devices: lost.map((role) => t(`phone.lostName.${role}`)).join(", ") });
}
