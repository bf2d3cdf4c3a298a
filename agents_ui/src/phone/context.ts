import { createContext, use } from "react";
import type { Phone } from "./phone";
import { initialPhone, PhoneStore, usePhoneState, type PhoneState } from "./state";

/** null where no phone is provided: on the pages of tests, and before anyone is signed in. */
export const PhoneContext = createContext<Phone | null>(null);

const nothing = new PhoneStore();

export function usePhone(): { phone: Phone | null; state: PhoneState } {
  const phone = use(PhoneContext);
  const state = usePhoneState(phone?.store ?? nothing);
  return { phone, state: phone === null ? initialPhone : state };
}
