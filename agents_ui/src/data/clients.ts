import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { body, ProblemError, rest } from "@/api/rest";
import type { NewClient } from "@/api/types";

/** By name or by a number in any form; nothing is asked before two characters. */
export function useClientSearch(text: string) {
  const q = text.trim();
  return useQuery({
    queryKey: ["clients", "search", q],
    queryFn: () => body(rest.GET("/clients", { params: { query: { q, limit: 12 } } })),
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

export function useClientCard(client: number) {
  return useQuery({
    queryKey: ["clients", client, "card"],
    queryFn: async () => {
      const card = await body(rest.GET("/clients/{client}/card", { params: { path: { client } } }));
      if (card.client === null) throw new ProblemError(404, null);
      return card.client;
    },
  });
}

export function createClient(form: NewClient) {
  return body(rest.POST("/clients", { body: form }));
}
