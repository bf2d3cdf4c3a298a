import { describe, expect, it } from "vitest";
import { matches } from "./hotkeys";

const press = (init: KeyboardEventInit) => new KeyboardEvent("keydown", init);

describe("hotkeys", () => {
  it("go by the place of the key, whatever the layout writes", () => {
    expect(matches("KeyR", press({ code: "KeyR", key: "r" }))).toBe(true);
    expect(matches("KeyR", press({ code: "KeyR", key: "к" }))).toBe(true);
    expect(matches("Slash", press({ code: "Slash", key: "." }))).toBe(true);
  });

  it("want exactly their modifiers", () => {
    expect(matches("Shift+KeyD", press({ code: "KeyD", shiftKey: true }))).toBe(true);
    expect(matches("Shift+KeyD", press({ code: "KeyD" }))).toBe(false);
    expect(matches("KeyD", press({ code: "KeyD", ctrlKey: true }))).toBe(false);
    expect(matches("Alt+Digit1", press({ code: "Numpad1", altKey: true }))).toBe(true);
    expect(matches("Ctrl+Enter", press({ code: "Enter", metaKey: true }))).toBe(true);
  });

  it("find the question mark of either layout, and F1", () => {
    expect(matches("?", press({ code: "Digit7", key: "?", shiftKey: true }))).toBe(true);
    expect(matches("?", press({ code: "F1", key: "F1" }))).toBe(true);
  });
});
