import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, done, rest } from "@/api/rest";

const ASK_AGAIN_MS = 10_000;

export function useCallbacks(state: "open" | "closed", enabled: boolean) {
  return useQuery({ queryKey: ["callbacks", state], queryFn: () => body(rest.GET("/callbacks", { params: { query: { state, limit: 100 } } })), refetchInterval: ASK_AGAIN_MS, enabled });
}

/** Callers who gave up, who waits the longest first. */
export function useMissed() {
  return useQuery({ queryKey: ["missed"], queryFn: () => body(rest.GET("/missed", { params: { query: { limit: 100 } } })), refetchInterval: ASK_AGAIN_MS });
}

export const claimMissed = (number: string) => body(rest.POST("/missed/{number}/claim", { params: { path: { number } } }));
export const giveBackMissed = (number: string) => done(rest.DELETE("/missed/{number}/claim", { params: { path: { number } } }));
export const dismissMissed = (number: string, reason: string) => done(rest.POST("/missed/{number}/dismiss", { params: { path: { number } }, body: { reason } }));
export const callMissedBack = (number: string) => body(rest.POST("/missed/{number}/callback", { params: { path: { number } } }));
export const cancelCallback = (callback: string) => done(rest.DELETE("/callbacks/{callback}", { params: { path: { callback } } }));

export const makeCallback = (wish: { number: string; queue: string; at: number | null; client: number | null; mine: boolean }) => body(rest.POST("/callbacks", { body: wish }));
export const changeCallback = (callback: string, changes: { number: string | null; at: number | null }) => done(rest.PATCH("/callbacks/{callback}", { params: { path: { callback } }, body: changes }));

/** What time it is for whoever has this number at that moment (`null`: now), and whether he may be called then. */
export function useDiallingHours(number: string, at: number | null) {
  return useQuery({
    queryKey: ["dialling-hours", number, at],
    queryFn: () => body(rest.GET("/dialling-hours", { params: { query: { number, ...(at === null ? {} : { at }) } } })),
    enabled: number.length >= 3,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** Whatever became of it, both lists are read again: another may have been faster. */
export function useCallbackAction() {
  const queries = useQueryClient();
  const again = () => Promise.all([queries.invalidateQueries({ queryKey: ["missed"] }), queries.invalidateQueries({ queryKey: ["callbacks"] })]);
  return useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSettled: () => {
      // The lists are read from the history, which hears of a promise a moment after the router.
      setTimeout(() => void again(), 1_500);
      return again();
    },
  });
}
