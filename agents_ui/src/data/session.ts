import { useMutation, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { body, done, ProblemError, rest } from "@/api/rest";
import type { Me, Site } from "@/api/types";
import type { Language } from "@/i18n";
import { clearDrafts } from "./drafts";

export const sessionKey = ["session"] as const;

/** Who is signed in; null when nobody is. */
export async function fetchSession(signal?: AbortSignal): Promise<Me | null> {
  try {
    return await body(rest.GET("/session", { ...(signal === undefined ? {} : { signal }) }));
  } catch (error) {
    if (error instanceof ProblemError && error.status === 401) return null;
    throw error;
  }
}

export function useSession(): UseQueryResult<Me | null> {
  return useQuery({ queryKey: sessionKey, queryFn: ({ signal }) => fetchSession(signal), staleTime: Infinity });
}

export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (given: { login: string; password: string }) => body(rest.POST("/session", { body: given })),
    onSuccess: (me) => queries.setQueryData(sessionKey, me),
  });
}

export function useSignOut(login: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => done(rest.DELETE("/session")),
    onSuccess: () => {
      // A shared workstation must not show the next person what this one typed or looked up.
      clearDrafts(login);
      queries.clear();
      queries.setQueryData(sessionKey, null);
    },
  });
}

/** Remembers the language with the account, so that it follows the person to another workstation. */
export function saveLanguage(language: Language): Promise<Me> {
  return body(rest.PATCH("/session", { body: { language } }));
}

export function useSite(): UseQueryResult<Site> {
  return useQuery({ queryKey: ["site"], queryFn: () => body(rest.GET("/site")), staleTime: 300_000 });
}
