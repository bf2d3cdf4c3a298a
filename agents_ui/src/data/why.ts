import { useQuery } from "@tanstack/react-query";
import { body, rest } from "@/api/rest";

const LOOK_AGAIN_MS = 3_000;

/** The answer is of a moment: it is asked again while somebody reads it. */
export function useCallWhy(call: string) {
  return useQuery({ queryKey: ["why", "call", call], queryFn: () => body(rest.GET("/calls/{call}/why", { params: { path: { call } } })), refetchInterval: LOOK_AGAIN_MS, staleTime: 0, gcTime: 0 });
}

export function useAgentWhy(agent: string) {
  return useQuery({ queryKey: ["why", "agent", agent], queryFn: () => body(rest.GET("/agents/{agent}/why", { params: { path: { agent } } })), refetchInterval: LOOK_AGAIN_MS, staleTime: 0, gcTime: 0 });
}
