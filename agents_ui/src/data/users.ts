import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, rest } from "@/api/rest";
import type { NewUser, UserPatch } from "@/api/types";

const usersKey = ["users"] as const;

export function useUsers() {
  return useQuery({ queryKey: usersKey, queryFn: () => body(rest.GET("/users")) });
}

export function useSaveUser() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (given: { create: NewUser } | { login: string; patch: UserPatch }) =>
      "create" in given
        ? body(rest.POST("/users", { body: given.create }))
        : body(rest.PATCH("/users/{login}", { params: { path: { login: given.login } }, body: given.patch })),
    onSuccess: () => queries.invalidateQueries({ queryKey: usersKey }),
  });
}
