// What belongs to this browser and not to the account: the theme, and whether single keys act.
import { useSyncExternalStore } from "react";

export type Theme = "auto" | "light" | "dark";

const THEME = "cc.theme";
const KEYS = "cc.keys";
const listeners = new Set<() => void>();
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function read(name: string): string | null {
  try {
    return window.localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    window.localStorage.setItem(name, value);
  } catch {
    // Forbidden storage: the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

let theme: Theme = asTheme(read(THEME));
let singleKeys = read(KEYS) !== "off";

function asTheme(value: string | null): Theme {
  return value === "light" || value === "dark" ? value : "auto";
}

export function setTheme(value: Theme): void {
  theme = value;
  write(THEME, value);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}

export function useScheme(): "light" | "dark" {
  return useSyncExternalStore(
    (listener) => {
      const stop = subscribe(listener);
      dark.addEventListener("change", listener);
      return () => {
        stop();
        dark.removeEventListener("change", listener);
      };
    },
    () => (theme === "dark" || (theme === "auto" && dark.matches) ? "dark" : "light"),
  );
}

export function setSingleKeys(on: boolean): void {
  singleKeys = on;
  write(KEYS, on ? "on" : "off");
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(subscribe, () => singleKeys);
}

export function singleKeysOn(): boolean {
  return singleKeys;
}
