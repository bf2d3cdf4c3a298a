import { describe, expect, it } from "vitest";
import { bars, localTime, minutes, spansOf, weekOf, zonedInstant } from "./week";
import { changedLines } from "./diff";

describe("week", () => {
  const SPANS = [
    { days: [1, 2, 3, 4, 5], opens: "09:00", closes: "13:00" },
    { days: [1, 2, 3, 4, 5], opens: "14:00", closes: "18:00" },
    { days: [6], opens: "22:00", closes: "02:00" },
  ];

  it("goes to days and back", () => {
    const week = weekOf(SPANS);
    expect(week[0]).toEqual([{ opens: "09:00", closes: "13:00" }, { opens: "14:00", closes: "18:00" }]);
    expect(week[6]).toEqual([]);
    expect(spansOf(week)).toEqual(SPANS);
  });

  it("draws a night on both of its days", () => {
    const open = bars(weekOf(SPANS));
    expect(open[5]).toEqual([{ from: 22 / 24, to: 1 }]);
    expect(open[6]).toEqual([{ from: 0, to: 2 / 24 }]);
    expect(minutes("24:00")).toBe(1440);
    expect(minutes("9:00")).toBeNull();
  });
});

describe("zonedInstant", () => {
  it("is what the zone's clocks show, also around their changes", () => {
    expect(zonedInstant("2026-11-27T18:59", "Europe/Moscow")).toBe(Date.UTC(2026, 10, 27, 15, 59) / 1000);
    expect(zonedInstant("2026-03-29T01:59", "Europe/Berlin")).toBe(Date.UTC(2026, 2, 29, 0, 59) / 1000);
    expect(zonedInstant("2026-03-29T03:00", "Europe/Berlin")).toBe(Date.UTC(2026, 2, 29, 1, 0) / 1000);
    expect(zonedInstant("", "Europe/Berlin")).toBeNull();
    expect(localTime(Date.UTC(2026, 6, 1, 12, 30) / 1000, "Europe/Berlin")).toBe("2026-07-01T14:30");
  });
});

describe("changedLines", () => {
  it("tells only what differs, in words", () => {
    const before = { name: "Sales", ring_seconds: 20, required: [{ skill: "tech", level: 3 }], scoring: { need: 1, spare: 1 } };
    const after = { ...before, ring_seconds: 25, required: [{ skill: "tech", level: 3 }, { skill: "vip", level: 1 }], scoring: { need: 2, spare: 1 }, most_at_once: null };
    expect(changedLines(before, after)).toEqual([
      { path: "ring_seconds", before: "20", after: "25" },
      { path: "required", before: "tech 3", after: "tech 3, vip 1" },
      { path: "scoring.need", before: "1", after: "2" },
    ]);
    expect(changedLines(null, { name: "New" })).toEqual([{ path: "name", before: null, after: "New" }]);
  });
});
