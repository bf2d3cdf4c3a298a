import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, rest } from "@/api/rest";
import type { MyDay } from "@/api/types";

const dayKey = ["me", "day"] as const;
const ASK_AGAIN_MS = 30_000;

export function useMyDay() {
  return useQuery({ queryKey: dayKey, queryFn: () => body(rest.GET("/me/day")), refetchInterval: ASK_AGAIN_MS });
}

export function useMyFigures() {
  return useQuery({ queryKey: ["me", "figures"], queryFn: () => body(rest.GET("/me/figures")), staleTime: 0 });
}

/** Offers that nobody answered since then: what was missed while the console was away. */
export function useMissedSince(since: number | null) {
  return useQuery({
    queryKey: ["me", "missed", since],
    queryFn: async () => (await body(rest.GET("/me/figures", { params: { query: { since: since ?? 0 } } }))).mine.missed,
    enabled: since !== null,
    staleTime: Infinity,
  });
}

export function useTick() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ task, done }: { task: number; done: boolean }) => body(rest.PATCH("/me/tasks/{task}", { params: { path: { task } }, body: { done } })),
    onSuccess: (task) =>
      queries.setQueryData<MyDay>(dayKey, (day) => (day === undefined ? day : { ...day, tasks: day.tasks.map((one) => (one.id === task.id ? task : one)) })),
  });
}
