import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, rest } from "@/api/rest";

const ASK_AGAIN_MS = 10_000;

/** What callers left on the machine, the newest first: an operator's are those of his queues and of known clients. */
export function useMessages(finished: boolean) {
  return useQuery({ queryKey: ["messages", finished], queryFn: () => body(rest.GET("/messages", { params: { query: { done: finished, limit: 100 } } })), refetchInterval: ASK_AGAIN_MS });
}

const change = (message: number, changes: { done?: boolean; assignee?: string }) => body(rest.PATCH("/messages/{message}", { params: { path: { message } }, body: changes }));

export const tickMessage = (message: number, finished: boolean) => change(message, { done: finished });
/** To nobody with an empty login. */
export const giveMessage = (message: number, login: string) => change(message, { assignee: login });
export const audioOfMessage = (message: number): string => `/api/v1/messages/${message}/audio`;

/** Whatever became of it, the lists are read again: another may have been faster. */
export function useMessageAction() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: (work: () => Promise<unknown>) => work(), onSettled: () => queries.invalidateQueries({ queryKey: ["messages"] }) });
}
