import { useQuery } from "@tanstack/react-query";
import { body, rest } from "@/api/rest";

/** Queues with their settings; for leaders only. */
export function useQueueSettings() {
  return useQuery({ queryKey: ["plan", "queues"], queryFn: () => body(rest.GET("/queues")) });
}
