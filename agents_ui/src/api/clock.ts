// Time on screen is the server's. A workstation's clock may be minutes off, and a timer that starts at -02:10 helps
// nobody; HTTP's own Date header is enough to correct it.
import { useSyncExternalStore } from "react";

let offset = 0;

/** Take the server's clock from a reply's Date header; within two seconds the local clock is left alone. */
export function learnServerTime(date: string | null, local = Date.now()): void {
  const told = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(told)) return;
  const difference = (told + 500 - local) / 1000;
  offset = Math.abs(difference) > 2 ? difference : 0;
}

/** Server time in epoch seconds. */
export function serverNow(): number {
  return Date.now() / 1000 + offset;
}

const listeners = new Set<() => void>();
let second = Math.floor(serverNow());
let timer: ReturnType<typeof setTimeout> | undefined;

function tick(): void {
  second = Math.floor(serverNow());
  for (const listener of listeners) listener();
  const now = serverNow();
  timer = setTimeout(tick, (Math.floor(now) + 1 - now) * 1000 + 5);
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) tick();
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearTimeout(timer);
  };
}

/** The present second, for timers: one clock for all of them, stopped when none is on screen. */
export function useSecond(): number {
  return useSyncExternalStore(subscribe, () => (listeners.size === 0 ? Math.floor(serverNow()) : second));
}
