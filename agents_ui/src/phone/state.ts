// What the phone in this browser is doing, and the one place that holds it. Knows nothing of SIP nor of React: the
// engine, loaded when it is needed, writes; components read through useSyncExternalStore.
import { useSyncExternalStore } from "react";
import type { AgentView } from "@/api/types";
import type { Quality } from "./quality";

export type PhoneProblem = NonNullable<AgentView["phone_problem"]>;

export type PhoneCall = {
  readonly state: "ringing" | "answering" | "talking";
  readonly muted: boolean;
  /** Of an internal call: its id; null of a caller's. */
  readonly intercom: string | null;
  /** Measured lately; null until the first measurement. */
  readonly quality: Quality | null;
};

export type PhoneState = {
  /** `unknown` until the server said what the station is; a `telephone` registers by itself, and we do nothing. */
  readonly station: "unknown" | "telephone" | "browser";
  /** This tab has the phone. */
  readonly here: boolean;
  readonly problem: PhoneProblem | null;
  /** The server's own words for a refusal. */
  readonly reason: string;
  readonly call: PhoneCall | null;
  /** A device that was chosen is gone, and the system's own is used until it is back. */
  readonly lost: readonly ("microphone" | "speaker" | "ringer")[];
};

export const initialPhone: PhoneState = { station: "unknown", here: false, problem: null, reason: "", call: null, lost: [] };

export class PhoneStore {
  private current = initialPhone;
  private readonly listeners = new Set<() => void>();

  readonly get = (): PhoneState => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(part: Partial<PhoneState>): void {
    const next = { ...this.current, ...part };
    if ((Object.keys(next) as (keyof PhoneState)[]).every((key) => next[key] === this.current[key])) return;
    this.current = next;
    for (const listener of this.listeners) listener();
  }

  setCall(part: Partial<PhoneCall>): void {
    if (this.current.call !== null) this.set({ call: { ...this.current.call, ...part } });
  }
}

export function usePhoneState(store: PhoneStore): PhoneState {
  return useSyncExternalStore(store.subscribe, store.get);
}
