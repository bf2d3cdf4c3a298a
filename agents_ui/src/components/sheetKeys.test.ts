import { describe, expect, it } from "vitest";
import { keyWords, SCREENS, SHEET } from "./sheetKeys";

const sources = import.meta.glob<string>("/src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
const listed = new Set<string>(SHEET.flatMap(([, rows]) => rows.flatMap(([keys]) => [...keys])));

describe("the sheet of keys", () => {
  it("knows every key of the console", () => {
    const unknown: string[] = [];
    let found = 0;
    for (const [path, text] of Object.entries(sources)) {
      if (path.includes(".test.")) continue;
      for (const match of text.matchAll(/[{,] keys: (?:"([^"]+)"|`([^`$]+)[^`]*`)([^}\n]*)/g)) {
        found += 1;
        const keys = match[1] ?? match[2] ?? "";
        if (!listed.has(keys) && !(match[3] ?? "").includes("label:")) unknown.push(`${path}: ${keys}`);
      }
    }
    expect(unknown).toEqual([]);
    expect(found).toBeGreaterThan(30);
  });

  it("gives no key two meanings on one screen", () => {
    for (const [screen, groups] of Object.entries(SCREENS)) {
      const all = SHEET.flatMap(([group, rows]) => ((groups as readonly string[]).includes(group) ? rows.flatMap(([keys]) => [...keys]) : []));
      expect(all.filter((key, index) => all.indexOf(key) !== index), screen).toEqual([]);
    }
    expect(new Set(Object.values(SCREENS).flat())).toEqual(new Set(SHEET.map(([group]) => group)));
  });

  it("writes keys as a keyboard does", () => {
    expect(["Shift+KeyD", "Digit1", "Ctrl+Enter", "Slash"].map(keyWords)).toEqual(["Shift+D", "1", "Ctrl+Enter", "/"]);
  });
});
