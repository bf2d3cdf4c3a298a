// A wrap-up that ran out before its disposition was sent. The server takes a late one until the agent's next offer, so
// the desk keeps asking for it, calmly, also after a reload and in every tab of this browser.
import { useMemo, useSyncExternalStore } from "react";

export type UnfinishedCall = { readonly call: string; readonly who: string; readonly number: string; readonly queue: string | null };

const PREFIX = "cc.unfinished.";
const listeners = new Set<() => void>();

export function rememberUnfinished(login: string, item: UnfinishedCall): void {
  write(login, JSON.stringify(item));
}

/** With a call, only when it is that call which is remembered. */
export function forgetUnfinished(login: string, call?: string): void {
  if (call === undefined || parse(read(login))?.call === call) write(login, null);
}

export function useUnfinished(login: string): UnfinishedCall | null {
  const text = useSyncExternalStore(subscribe, () => read(login));
  return useMemo(() => parse(text), [text]);
}

function read(login: string): string | null {
  try {
    return window.localStorage.getItem(PREFIX + login);
  } catch {
    return null;
  }
}

function write(login: string, text: string | null): void {
  if (read(login) === text) return;
  try {
    if (text === null) window.localStorage.removeItem(PREFIX + login);
    else window.localStorage.setItem(PREFIX + login, text);
  } catch {
    // Storage full or forbidden: the draft is lost with the wrap-up, as it is for the server.
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

function parse(text: string | null): UnfinishedCall | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { call, who, number, queue } = value as Partial<UnfinishedCall>;
    if (typeof call !== "string" || typeof who !== "string") return null;
    return { call, who, number: typeof number === "string" ? number : "", queue: typeof queue === "string" ? queue : null };
  } catch {
    return null;
  }
}
