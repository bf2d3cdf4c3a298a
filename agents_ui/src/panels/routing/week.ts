// Opening hours as a week of days, for reading and editing; the plan keeps spans with their days.
import type { HoursDocument } from "@/api/types";

export type Span = { readonly opens: string; readonly closes: string };
/** Monday first. */
export type Week = readonly (readonly Span[])[];
type OpenTimes = NonNullable<HoursDocument["spans"]>[number];

export const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

export function weekOf(spans: readonly OpenTimes[]): Week {
  return DAYS.map((day) =>
    spans
      .filter((span) => span.days.includes(day))
      .map(({ opens, closes }) => ({ opens, closes }))
      .sort((a, b) => (a.opens < b.opens ? -1 : 1)),
  );
}

/** Days with the same times share a span, in the order of their first day. */
export function spansOf(week: Week): OpenTimes[] {
  const found = new Map<string, OpenTimes>();
  week.forEach((spans, index) => {
    for (const { opens, closes } of spans) {
      const known = found.get(`${opens} ${closes}`);
      if (known === undefined) found.set(`${opens} ${closes}`, { days: [index + 1], opens, closes });
      else if (!known.days.includes(index + 1)) known.days.push(index + 1);
    }
  });
  return [...found.values()];
}

/** Minutes since midnight; null for what is no time. */
export function minutes(text: string): number | null {
  const parts = /^([01]\d|2[0-3]):([0-5]\d)$|^24:00$/.exec(text);
  if (parts === null) return null;
  return text === "24:00" ? 1440 : Number(parts[1]) * 60 + Number(parts[2]);
}

/** The parts of each day that are open, in shares of the day; a span past midnight goes on on the next day. */
export function bars(week: Week): readonly (readonly { from: number; to: number }[])[] {
  const days: { from: number; to: number }[][] = DAYS.map(() => []);
  week.forEach((spans, index) => {
    for (const span of spans) {
      const opens = minutes(span.opens);
      const closes = minutes(span.closes);
      if (opens === null || closes === null) continue;
      if (closes > opens) days[index]?.push({ from: opens / 1440, to: closes / 1440 });
      else {
        days[index]?.push({ from: opens / 1440, to: 1 });
        if (closes > 0) days[(index + 1) % 7]?.push({ from: 0, to: closes / 1440 });
      }
    }
  });
  return days;
}

/** The instant, in epoch seconds, at which clocks of the zone show this local time (`2026-11-27T18:59`); null for
 * what is no time. A time that the change of clocks skips is taken as one just after it. */
export function zonedInstant(local: string, timeZone: string): number | null {
  const wall = Date.parse(`${local}:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(local) || Number.isNaN(wall)) return null;
  let at = wall - offset(wall, timeZone);
  at = wall - offset(at, timeZone);
  return at / 1000;
}

/** `2026-11-27T18:59`, as clocks of the zone show it. */
export function localTime(at: number, timeZone: string): string {
  return new Date(at * 1000 + offset(at * 1000, timeZone)).toISOString().slice(0, 16);
}

/** How far the zone's clocks are ahead of UTC, in milliseconds. */
function offset(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
  const parts = new Map(format.formatToParts(new Date(at)).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - Math.floor(at / 1000) * 1000;
}
