// Keyboard. A key is named by its place (`code`), so that the same finger works under the Russian and the Latin
// layout. Single keys never act while something is typed, while a dialog is open (except its own), or when the person
// has switched them off (WCAG 2.1.4); combinations with Alt or Ctrl act everywhere.
import { useEffect, useLayoutEffect, useRef } from "react";
import { singleKeysOn } from "@/data/prefs";

export type Hotkey = {
  /** "KeyR", "Shift+KeyD", "Alt+Digit1", "Ctrl+Enter", "?" */
  readonly keys: string;
  readonly run: () => void;
  readonly when?: boolean;
  /** What it does, in the reader's words: for a key that is not in the sheet's own list (see KeySheet). */
  readonly label?: string;
};

const mounted = new Set<{ readonly current: readonly Hotkey[] }>();

/** The labelled keys of what is on the screen now. */
export function labelledKeys(): readonly { readonly keys: string; readonly label: string }[] {
  return [...mounted].flatMap(({ current }) => current.flatMap(({ keys, label }) => (label === undefined ? [] : [{ keys, label }])));
}

const MODIFIED = /^(Alt|Ctrl)\+/;

export function matches(keys: string, event: KeyboardEvent): boolean {
  if (keys === "?") return event.key === "?" || event.code === "F1";
  const parts = keys.split("+");
  const code = parts.at(-1);
  const same = event.code === code || event.code.replace("Numpad", "Digit") === code || event.key === code;
  return (
    same &&
    event.altKey === parts.includes("Alt") &&
    (event.ctrlKey || event.metaKey) === parts.includes("Ctrl") &&
    event.shiftKey === parts.includes("Shift")
  );
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}

export function useHotkeys(hotkeys: readonly Hotkey[]): void {
  const latest = useRef(hotkeys);
  // With the paint and not after it: a key acts on what is on the screen.
  useLayoutEffect(() => {
    latest.current = hotkeys;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.repeat) return;
      for (const { keys, run, when } of latest.current) {
        if (when === false || !matches(keys, event)) continue;
        if (!MODIFIED.test(keys)) {
          if (!singleKeysOn() && event.code !== "F1") continue;
          if (typing(event.target) && event.code !== "F1") continue;
          if (document.querySelector("dialog[open]") !== null) continue;
        }
        event.preventDefault();
        run();
        return;
      }
    };
    window.addEventListener("keydown", onKey);
    mounted.add(latest);
    return () => {
      window.removeEventListener("keydown", onKey);
      mounted.delete(latest);
    };
  }, []);
}

/** Escape leaves the field being typed in, so that single keys act again; a dialog keeps Escape for its closing. */
export function useEscapeLeavesField(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      const { target } = event;
      if (target instanceof HTMLElement && target.matches("input, textarea, select") && target.closest("dialog") === null) target.blur();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
