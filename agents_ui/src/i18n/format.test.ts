import { describe, expect, it } from "vitest";
import { duration, makeFormat, phoneNumber } from "./format";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

describe("format", () => {
  it("writes durations, never negative ones", () => {
    expect([-3, 0, 7.9, 75, 3725].map(duration)).toEqual(["0:00", "0:00", "0:07", "1:15", "1:02:05"]);
  });

  it("shows the time today, the day this year, the date before", () => {
    const now = Date.UTC(2026, 10, 23, 12, 0) / 1000;
    const ru = makeFormat("ru", "Europe/Moscow");
    expect(ru.when(now - 3600, now)).toBe("14:00");
    expect(plain(ru.when(now - 3 * 86400, now))).toMatch(/^20 нояб\., 15:00$/);
    expect(plain(ru.when(now - 400 * 86400, now))).toMatch(/^19 окт\. 2025/);
  });

  it("takes midnight from the site's zone, not from the computer's", () => {
    const at = Date.UTC(2026, 10, 22, 21, 30) / 1000; // 00:30 of the 23rd in Moscow
    const now = Date.UTC(2026, 10, 23, 9, 0) / 1000;
    expect(makeFormat("en", "Europe/Moscow").when(at, now)).toBe("00:30");
    expect(makeFormat("en", "America/New_York").when(at, now)).toBe("22 Nov, 16:30");
  });

  it("writes money, also of a currency nobody knows", () => {
    expect(plain(makeFormat("ru", undefined).money(1480000, "RUB"))).toBe("1 480 000 ₽");
    expect(makeFormat("en", undefined).money(5, "points")).toBe("5 points");
    expect(makeFormat("en", undefined).money(1200, null)).toBe("1,200");
  });

  it("groups Russian numbers only", () => {
    expect(phoneNumber("79161234567")).toBe("+7 916 123-45-67");
    expect(phoneNumber("+79161234567")).toBe("+7 916 123-45-67");
    expect(phoneNumber("+442079460321")).toBe("+442079460321");
    expect(phoneNumber("")).toBe("");
  });
});
