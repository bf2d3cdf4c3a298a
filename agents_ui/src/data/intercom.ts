// Internal calls: two operators and no client. What is going on is in the live picture; what is over is asked for.
import { useQuery } from "@tanstack/react-query";
import { useDerived } from "@/api/collection";
import { body, done, rest } from "@/api/rest";
import type { IntercomView, PastIntercom } from "@/api/types";

export function callColleague(to: string): Promise<void> {
  return done(rest.POST("/colleagues/call", { body: { to } }));
}

/** Ends one's own internal call; while one is only rung for it, declines. */
export const hangUpColleague = (): Promise<void> => done(rest.POST("/colleagues/hang-up"));

export function ownIntercom(all: readonly IntercomView[], agent: string): IntercomView | undefined {
  return all.find(({ by, to }) => by === agent || to === agent);
}

/** The internal call that this agent is in, makes, or is rung for. */
export function useIntercom(agent: string): IntercomView | undefined {
  return useDerived("intercom", (all) => ownIntercom(all, agent));
}

export function otherIn({ by, to }: Pick<IntercomView, "by" | "to">, agent: string): string {
  return by === agent ? to : by;
}

/** Whether this agent's phone rings for it. */
export function isRungFor(call: IntercomView | undefined, agent: string): call is IntercomView {
  return call?.state === "ringing" && call.to === agent;
}

export const pastIntercomsKey = ["colleagues", "calls"] as const;

// Written a moment after the floor knows of the end: asked again until it is there, for a while.
const AWAIT_MS = 15_000;
const ASK_AGAIN_MS = 600;
const MOST = 20;
let awaited: { readonly intercom: string; readonly until: number } | null = null;

/** An internal call is over: the next list is to show it. */
export function awaitInPast(intercom: string): void {
  awaited = { intercom, until: Date.now() + AWAIT_MS };
}

function holdsAwaited(items: readonly PastIntercom[]): boolean {
  const wanted = awaited;
  return wanted === null || Date.now() > wanted.until || items.some(({ id, ended_at }) => id === wanted.intercom && ended_at !== null);
}

/** This agent's last internal calls, the newest first. Named, since a leader is told of everybody's otherwise. */
export function usePastIntercoms(agent: string) {
  return useQuery({
    queryKey: [...pastIntercomsKey, agent],
    queryFn: async () => {
      const list = await body(rest.GET("/colleagues/calls", { params: { query: { agent, limit: MOST } } }));
      if (holdsAwaited(list.items)) awaited = null;
      return list;
    },
    refetchInterval: () => (awaited === null ? false : ASK_AGAIN_MS),
  });
}

/** Somebody called, and one did not speak with him nor refuse to. */
export function isMissed({ to, outcome }: PastIntercom, me: string): boolean {
  return to === me && (outcome === "no_answer" || outcome === "cancelled" || outcome === "unreachable");
}
