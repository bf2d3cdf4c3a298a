// Calling the person while the console is not in front: a desktop notification and a sound. Nothing of either happens
// while its window has the focus: then the screen says it, and the phone rings by itself.
import { useEffect, useRef } from "react";

export function inFront(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

export function mayNotify(): boolean {
  return "Notification" in window && Notification.permission === "granted";
}

export function canAsk(): boolean {
  return "Notification" in window && Notification.permission === "default";
}

/** To be called from a person's own press: browsers refuse the question otherwise. */
export async function askToNotify(): Promise<boolean> {
  if (!("Notification" in window)) return false;
  return (await Notification.requestPermission()) === "granted";
}

/** Shown until it is called off; a press on it brings the console to the front. Returns the way to call it off. */
export function notify(title: string, text: string, tag: string): () => void {
  if (!mayNotify()) return () => undefined;
  try {
    const shown = new Notification(title, { body: text, tag, icon: "/favicon.svg" });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
    return () => shown.close();
  } catch {
    return () => undefined; // some browsers only know notifications of a service worker
  }
}

let context: AudioContext | null = null;

/** Tones one after the other, in hertz; made here, so that no file has to be loaded. Silent where sound is refused. */
export function play(tones: readonly number[], length = 0.16): void {
  try {
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume();
    const start = context.currentTime + 0.02;
    tones.forEach((tone, index) => {
      if (context === null || tone === 0) return;
      const from = start + index * length;
      const oscillator = context.createOscillator();
      const volume = context.createGain();
      oscillator.frequency.value = tone;
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(0.12, from + 0.02);
      volume.gain.linearRampToValueAtTime(0, from + length);
      oscillator.connect(volume).connect(context.destination);
      oscillator.start(from);
      oscillator.stop(from + length);
    });
  } catch {
    // No sound device, or sound is forbidden: the notification and the title still tell.
  }
}

export const RING = [660, 880, 660, 880] as const;
export const KNOCK = [740, 990] as const;
export const HELP = [520, 520, 780] as const;
const RING_EVERY_MS = 2_500;

/** Rings while `on` and the console is not in front; stops at once when either changes. */
export function useRing(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const ring = (): void => {
      if (!inFront()) play(RING);
    };
    ring();
    const timer = setInterval(ring, RING_EVERY_MS);
    return () => clearInterval(timer);
  }, [on]);
}

/** Runs `tell` once for each name that was not there before; those there at first are no news. `known`: the server has
 * told what there is, so that a reload does not tell of old things. */
export function useNews(names: readonly string[], known: boolean, tell: (name: string) => void): void {
  const seen = useRef<ReadonlySet<string> | null>(null);
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  });
  const key = names.join("\n");
  useEffect(() => {
    if (!known) return;
    const now = new Set(key === "" ? [] : key.split("\n"));
    const before = seen.current;
    seen.current = now;
    if (before === null) return;
    for (const name of now) if (!before.has(name)) latest.current(name);
  }, [key, known]);
}
