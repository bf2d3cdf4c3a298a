// Numbers, times and money as the reader's language writes them, in the site's time zone.
import { useTranslation } from "react-i18next";
import { asLanguage, type Language } from ".";

/** 7 -> 0:07, 75 -> 1:15, 3725 -> 1:02:05. Never negative: clocks differ a little. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${s}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${s}`;
}

/** Russian numbers in the usual groups, others as they are: their groups differ by country. */
export function phoneNumber(number: string): string {
  const parts = /^\+?7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(number);
  return parts === null ? number : `+7 ${parts[1]} ${parts[2]}-${parts[3]}-${parts[4]}`;
}

export type Format = {
  /** Time for today, day and month for this year, the whole date otherwise. */
  when: (at: number, now?: number) => string;
  dateTime: (at: number) => string;
  date: (at: number) => string;
  time: (at: number) => string;
  money: (amount: number, currency: string | null) => string;
  count: (value: number) => string;
};

export function makeFormat(language: Language, timeZone: string | undefined): Format {
  const zone = timeZone === undefined ? {} : { timeZone };
  const locale = language === "ru" ? "ru-RU" : "en-GB";
  const of = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { ...zone, ...options });
  const day = of({ year: "numeric", month: "2-digit", day: "2-digit" });
  const time = of({ hour: "2-digit", minute: "2-digit" });
  const dayMonth = of({ day: "numeric", month: "short" });
  const date = of({ day: "numeric", month: "short", year: "numeric" });
  const dateTime = of({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const year = of({ year: "numeric" });
  const number = new Intl.NumberFormat(locale);
  return {
    when(at, now = Date.now() / 1000) {
      const then = new Date(at * 1000);
      const today = new Date(now * 1000);
      if (day.format(then) === day.format(today)) return time.format(then);
      if (year.format(then) === year.format(today)) return `${dayMonth.format(then)}, ${time.format(then)}`;
      return date.format(then);
    },
    dateTime: (at) => dateTime.format(new Date(at * 1000)),
    date: (at) => date.format(new Date(at * 1000)),
    time: (at) => time.format(new Date(at * 1000)),
    money(amount, currency) {
      if (currency === null) return number.format(amount);
      try {
        return new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: 0 }).format(amount);
      } catch {
        return `${number.format(amount)} ${currency}`; // not an ISO code
      }
    },
    count: (value) => number.format(value),
  };
}

let siteZone: string | undefined;
let asked: string | undefined;

/** The site's time zone, once it is known; a name this browser does not know is ignored. */
export function setTimeZone(zone: string): void {
  if (zone === asked) return; // a formatter takes milliseconds to make
  asked = zone;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    siteZone = zone;
  } catch {
    siteZone = undefined;
  }
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  const language = asLanguage(i18n.language);
  return formatOf(language, siteZone);
}

const made = new Map<string, Format>();

/** Made once: its formatters take milliseconds to make, and a card has dozens of lines that need one. */
function formatOf(language: Language, zone: string | undefined): Format {
  const key = `${language} ${zone ?? ""}`;
  const format = made.get(key) ?? makeFormat(language, zone);
  made.set(key, format);
  return format;
}
