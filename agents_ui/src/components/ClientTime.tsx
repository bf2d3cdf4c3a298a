import { useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import type { DiallingHours } from "@/api/types";
import { useDiallingHours } from "@/data/callbacks";
import { asLanguage } from "@/i18n";
import { useFormat } from "@/i18n/format";

/** What time it is for the client at that moment (`null`: now), and a warning where he would not be called then. */
export function ClientTime({ number, at }: { number: string; at: number | null }) {
  const asked = useDeferredValue(number.trim());
  const { data } = useDiallingHours(asked, at);
  return (
    <div className="client-time" aria-live="polite" data-testid="client-time">
      {data === undefined ? null : <ClientTimeText hours={data} />}
    </div>
  );
}

function ClientTimeText({ hours }: { hours: DiallingHours }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  if (hours.number === null) return <p className="warned">{t("clientTime.noNumber")}</p>;
  const clock = new Intl.DateTimeFormat(asLanguage(i18n.language) === "ru" ? "ru-RU" : "en-GB", { timeZone: "UTC", weekday: "short", hour: "2-digit", minute: "2-digit" });
  const times = hours.clocks.map(({ offset }) => clock.format(new Date((hours.at + offset * 60) * 1000)));
  const [first] = hours.clocks;
  const said = times.length === 1 ? t("clientTime.localTime", { time: times[0], zone: first?.zone ?? "" }) : t("clientTime.localTimes", { from: times[0], to: times.at(-1) });
  return (
    <>
      <p className="muted small">{said}</p>
      {hours.allowed ? null : (
        <p className="warned" data-testid="callback-night">
          <strong>{t("clientTime.night")}</strong> <span>{hours.next_at === null ? t("clientTime.never") : t("clientTime.earliest", { time: format.when(hours.next_at) })}</span>
        </p>
      )}
    </>
  );
}
