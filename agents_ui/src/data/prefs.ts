// What belongs to this browser and not to the account: the theme, whether single keys act, and how it calls.
import { useSyncExternalStore } from "react";

export type Theme = "auto" | "light" | "dark" | "contrast";

const THEME = "cc.theme";
const KEYS = "cc.keys";
const SOUND = "cc.sound";
const NOTIFY = "cc.notify";
const listeners = new Set<() => void>();
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const more = window.matchMedia("(prefers-contrast: more)");

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
let sound = read(SOUND) !== "off";
let notify = asNotify(read(NOTIFY));

/** `unasked`: the person has not said yet whether he wants desktop notifications. */
export type Notify = "on" | "off" | "unasked";

function asNotify(value: string | null): Notify {
  return value === "on" || value === "off" ? value : "unasked";
}

function asTheme(value: string | null): Theme {
  return value === "light" || value === "dark" || value === "contrast" ? value : "auto";
}

export function setTheme(value: Theme): void {
  theme = value;
  write(THEME, value);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}

/** What is shown: high contrast is chosen, or asked for by the system, which `auto` follows. */
export function useScheme(): "light" | "dark" | "contrast" {
  return useSyncExternalStore(
    (listener) => {
      const stop = subscribe(listener);
      dark.addEventListener("change", listener);
      more.addEventListener("change", listener);
      return () => {
        stop();
        dark.removeEventListener("change", listener);
        more.removeEventListener("change", listener);
      };
    },
    () => (theme !== "auto" ? theme : more.matches ? "contrast" : dark.matches ? "dark" : "light"),
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

export function setSound(on: boolean): void {
  sound = on;
  write(SOUND, on ? "on" : "off");
}

export function useSound(): boolean {
  return useSyncExternalStore(subscribe, () => sound);
}

export function setNotify(value: Notify): void {
  notify = value;
  write(NOTIFY, value);
}

export function useNotify(): Notify {
  return useSyncExternalStore(subscribe, () => notify);
}
