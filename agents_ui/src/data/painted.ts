import { useEffect, useState } from "react";
import { useLive, useStatus } from "@/api/collection";

declare module "react" {
  // Of the Element Timing API: the browser says when the element's text was presented.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- merged with React's own, which has it
  interface HTMLAttributes<T> {
    elementtiming?: string | undefined;
  }
}

// A covered window may be given frames late, or never.
const FALLBACK_MS = 80;
const KEPT = 16;
const TELLS = "PerformanceElementTiming" in globalThis;

const waiting = new Map<string, Set<() => void>>();
const seen = new Set<string>();
let shown = 0;
let observer: PerformanceObserver | null = null;

/** Names the element whose paint means that a call's card is on screen; another name each time that it comes. */
export function cardPaint(call: string): string {
  shown += 1;
  return `card/${call}/${String(shown)}`;
}

/**
 * Runs `then` once the element that has this name as its `elementtiming` is on screen; returns how to give that up. To be
 * asked for from an effect of the commit that brings the element, or later.
 *
 * Chromium tells when it has presented an element, one to two frames after the commit; what is told then is no guess.
 * Where a browser doesn't, it is in the second frame callback: the first runs before the paint of the commit. A hidden
 * tab paints nothing, gets no frames, and its timers are late: there the commit is all there is, and it is at once.
 */
export function whenPainted(name: string, then: () => void): () => void {
  if (document.visibilityState === "hidden" || seen.has(name)) {
    then();
    return () => undefined;
  }
  if (!TELLS) return inSecondFrame(then);
  observer ??= observe();
  const all = waiting.get(name) ?? new Set();
  waiting.set(name, all.add(then));
  return () => {
    all.delete(then);
    if (all.size === 0 && waiting.get(name) === all) waiting.delete(name);
  };
}

function observe(): PerformanceObserver {
  const made = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const name = (entry as PerformanceEntry & { identifier: string }).identifier;
      seen.delete(name);
      seen.add(name);
      if (seen.size > KEPT) seen.delete(seen.values().next().value ?? "");
      const all = waiting.get(name) ?? [];
      waiting.delete(name);
      for (const then of all) then();
    }
  });
  made.observe({ type: "element", buffered: true });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    // What is still to be painted will not be.
    const all = [...waiting.values()];
    waiting.clear();
    for (const some of all) for (const then of some) then();
  });
  return made;
}

function inSecondFrame(then: () => void): () => void {
  let over = false;
  const run = (): void => {
    if (over) return;
    over = true;
    then();
  };
  let frame = requestAnimationFrame(() => {
    frame = requestAnimationFrame(run);
  });
  const timer = setTimeout(run, FALLBACK_MS);
  return () => {
    over = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

/** False at first, with `wait`, until the element of this name is on screen, or a moment has passed: for what may not cost
 * that paint any time. */
export function useAfterPaint(name: string, wait: boolean): boolean {
  const [painted, setPainted] = useState(!wait);
  useEffect(() => {
    if (painted) return;
    const done = (): void => setPainted(true);
    const giveUp = whenPainted(name, done);
    const timer = setTimeout(done, FALLBACK_MS);
    return () => {
      giveUp();
      clearTimeout(timer);
    };
  }, [painted, name]);
  return painted;
}

/**
 * Tells the server that the offer's card is on screen, which lets the phone ring. `ready` is true once the card itself,
 * with the element of this name, is in the tree. A card that is taken away before it was painted is not told. Told again
 * after a reconnection, for the server may not have heard it.
 */
export function usePainted(offer: string | null, name: string, ready: boolean): void {
  const { connection } = useLive();
  const { phase, leads } = useStatus();
  const tell = ready && phase === "live" && leads ? offer : null;
  useEffect(() => (tell === null ? undefined : whenPainted(name, () => connection.painted(tell))), [connection, tell, name]);
}
