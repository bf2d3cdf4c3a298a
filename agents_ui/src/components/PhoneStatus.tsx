import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "@/phone/context";
import { lostWords } from "@/phone/words";
import { Icon } from "./Icon";

const PhoneSheet = lazy(() => import("@/phone/PhoneSheet"));

/** The phone in the top bar: one glance tells whether calls can come, one press opens its devices. Nothing is shown of a
 * telephone, which is on the desk to be looked at. */
export function PhoneStatus() {
  const { t } = useTranslation();
  const { state } = usePhone();
  const [open, setOpen] = useState(false);
  if (state.station !== "browser") return null;
  const lost = state.here && state.problem === null && state.lost.length > 0;
  const good = lost ? lostWords(t, state.lost) : t("phone.ok");
  const words = !state.here ? t("phone.elsewhere") : state.problem === null ? good : t(`phone.problem.${state.problem}`);
  const tone = !state.here || state.problem === "connecting" ? "waits" : state.problem === null ? "good" : "bad";
  return (
    <>
      <button type="button" className="phone-state" data-testid="phone-state" data-tone={tone} data-problem={state.problem ?? ""} data-here={state.here} data-lost={state.lost.join(" ")} onClick={() => setOpen(true)} title={t("phone.open")}>
        <Icon name="headset" />
        <span className={tone === "bad" || lost ? "nowrap" : "visually-hidden"} role="status">
          {words}
        </span>
      </button>
      {open ? (
        <Suspense fallback={null}>
          <PhoneSheet words={words} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
