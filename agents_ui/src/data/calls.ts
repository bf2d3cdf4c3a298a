import { useQuery } from "@tanstack/react-query";
import { body, done, rest } from "@/api/rest";

const of = (call: string) => ({ params: { path: { call } } });

export function declineOffer(call: string, offer: string): Promise<void> {
  return done(rest.POST("/calls/{call}/decline", { ...of(call), body: { offer } }));
}

export function hangUp(call: string): Promise<void> {
  return done(rest.POST("/calls/{call}/hang-up", of(call)));
}

export function closeWrapUp(call: string, disposition: string, note: string): Promise<void> {
  return done(rest.POST("/calls/{call}/wrap-up", { ...of(call), body: { disposition, note } }));
}

export function pickClient(call: string, client: number): Promise<void> {
  return done(rest.PUT("/calls/{call}/client", { ...of(call), body: { client } }));
}

export const recentKey = ["calls", "recent"] as const;

export function useRecentCalls(agent: string) {
  return useQuery({
    queryKey: [...recentKey, agent],
    queryFn: () => body(rest.GET("/calls", { params: { query: { agent, limit: 30 } } })),
  });
}

export function useCallDetail(call: string | null) {
  return useQuery({
    queryKey: ["calls", "detail", call],
    queryFn: () => body(rest.GET("/calls/{call}", of(call ?? ""))),
    enabled: call !== null,
  });
}
