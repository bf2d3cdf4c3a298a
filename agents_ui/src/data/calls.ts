import { useQuery } from "@tanstack/react-query";
import { body, done, rest } from "@/api/rest";
import type { Interaction } from "@/api/types";

const of = (call: string) => ({ params: { path: { call } } });

export function declineOffer(call: string, offer: string): Promise<void> {
  return done(rest.POST("/calls/{call}/decline", { ...of(call), body: { offer } }));
}

export function hangUp(call: string): Promise<void> {
  return done(rest.POST("/calls/{call}/hang-up", of(call)));
}

export function closeWrapUp(call: string, disposition: string, note: string, more: { amount?: string; callback_at?: number; callback_mine?: boolean } = {}): Promise<void> {
  return done(rest.POST("/calls/{call}/wrap-up", { ...of(call), body: { disposition, note, ...more } }));
}

export function extendWrapUp(call: string, seconds: number): Promise<void> {
  return done(rest.POST("/calls/{call}/wrap-up/extend", { ...of(call), body: { seconds } }));
}

/** Who waits in the operator's queues while he wraps up. */
export function useNextCalls(agent: string, enabled: boolean) {
  return useQuery({
    queryKey: ["next", agent],
    queryFn: () => body(rest.GET("/agents/{agent}/next", { params: { path: { agent } } })),
    refetchInterval: NEXT_MS,
    enabled,
    gcTime: 0,
  });
}

const NEXT_MS = 3_000;

export function pickClient(call: string, client: number): Promise<void> {
  return done(rest.PUT("/calls/{call}/client", { ...of(call), body: { client } }));
}

/** Takes back who the caller was said to be; the number is looked up anew. */
export function undoClient(call: string): Promise<void> {
  return done(rest.DELETE("/calls/{call}/client", of(call)));
}

export const recentKey = ["calls", "recent"] as const;

// The history is written a moment after the floor knows of an end: it is asked again until it holds that, for a while.
const AWAIT_MS = 15_000;
const ASK_AGAIN_MS = 600;
let awaited: { readonly call: string; readonly disposition: string | null; readonly until: number } | null = null;

/** A call has ended for the agent, or its disposition (null: none) was sent: the next list is to show it. */
export function awaitInRecent(call: string, disposition: string | null): void {
  if (disposition === null && awaited?.call === call) return;
  awaited = { call, disposition, until: Date.now() + AWAIT_MS };
}

function holdsAwaited(items: readonly Interaction[]): boolean {
  const wanted = awaited;
  if (wanted === null) return true;
  return items.some((item) => item.call === wanted.call && item.ended_at !== null && (wanted.disposition === null || item.disposition === wanted.disposition));
}

export function useRecentCalls(agent: string) {
  return useQuery({
    queryKey: [...recentKey, agent],
    queryFn: async ({ client }) => {
      const list = await body(rest.GET("/calls", { params: { query: { agent, limit: 30 } } }));
      if (awaited !== null && (holdsAwaited(list.items) || Date.now() > awaited.until)) {
        awaited = null;
        void client.invalidateQueries({ queryKey: ["clients"] });
      }
      return list;
    },
    refetchInterval: () => (awaited === null ? false : ASK_AGAIN_MS),
  });
}

export function useCallDetail(call: string | null) {
  return useQuery({
    queryKey: ["calls", "detail", call],
    queryFn: () => body(rest.GET("/calls/{call}", of(call ?? ""))),
    enabled: call !== null,
  });
}
