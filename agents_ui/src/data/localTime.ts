// A moment as the field for date and time has it, on the site's clock.

/** "2026-03-09T14:30" of an epoch second. */
export function localText(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(at * 1000);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** The epoch second of such a text; null for none. In the hour that a clock skips, the moment an hour later. */
export function momentOf(text: string, zone: string): number | null {
  const wanted = Date.parse(`${text}:00Z`);
  if (Number.isNaN(wanted)) return null;
  let at = wanted;
  for (let round = 0; round < 2; round += 1) at += wanted - Date.parse(`${localText(at / 1000, zone)}:00Z`);
  return at / 1000;
}
