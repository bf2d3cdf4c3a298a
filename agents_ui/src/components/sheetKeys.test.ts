import { describe, expect, it } from "vitest";
import { keyWords, SHEET } from "./sheetKeys";

const sources = import.meta.glob<string>("/src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
const listed = new Set<string>(SHEET.flatMap(([, rows]) => rows.flatMap(([keys]) => [...keys])));

describe("the sheet of keys", () => {
  it("knows every key of the console", () => {
    const unknown: string[] = [];
    let found = 0;
    for (const [path, text] of Object.entries(sources)) {
      if (path.includes(".test.")) continue;
      for (const match of text.matchAll(/\{ keys: (?:"([^"]+)"|`([^`$]+)[^`]*`)([^}\n]*)/g)) {
        found += 1;
        const keys = match[1] ?? match[2] ?? "";
        if (!listed.has(keys) && !(match[3] ?? "").includes("label:")) unknown.push(`${path}: ${keys}`);
      }
    }
    expect(unknown).toEqual([]);
    expect(found).toBeGreaterThan(15);
  });

  it("names each key once", () => {
    const all = SHEET.flatMap(([, rows]) => rows.flatMap(([keys]) => [...keys]));
    expect(all).toHaveLength(listed.size);
  });

  it("writes keys as a keyboard does", () => {
    expect(["Shift+KeyD", "Digit1", "Ctrl+Enter", "Slash"].map(keyWords)).toEqual(["Shift+D", "1", "Ctrl+Enter", "/"]);
  });
});
