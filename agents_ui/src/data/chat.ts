// Conversations of colleagues. The last messages and the marks come by the live picture; older ones are read page by page.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useCollection, useEntity } from "@/api/collection";
import { body, done, rest } from "@/api/rest";
import type { ChatMarksView, ChatView } from "@/api/types";

export const LONGEST_TEXT = 1000;
const PAGE = 50;

const of = (conversation: string) => ({ params: { path: { conversation } } });

export function direct(one: string, other: string): string {
  const [first, second] = one < other ? [one, other] : [other, one];
  return `direct:${first}:${second}`;
}

/** Who is at the other end of a direct conversation; null for a room. */
export function otherOf(conversation: string, me: string): string | null {
  const [kind, one, other] = conversation.split(":");
  if (kind !== "direct" || one === undefined || other === undefined) return null;
  return one === me ? other : one;
}

/** Messages of others that were not seen. Only the kept ones can be counted: at their limit it may be more. */
export function unreadOf(chat: ChatView, marks: ChatMarksView | undefined, me: string): number {
  const seen = marks?.read[chat.conversation] ?? 0;
  return chat.messages.reduce((count, message) => count + (message.number > seen && message.sender !== me ? 1 : 0), 0);
}

export function useUnread(me: string): { readonly total: number; readonly of: ReadonlyMap<string, number> } {
  const chats = useCollection("chat");
  const marks = useEntity("marks", me);
  return useMemo(() => {
    const counts = new Map<string, number>();
    let total = 0;
    for (const chat of chats) {
      const count = unreadOf(chat, marks, me);
      if (count > 0) counts.set(chat.conversation, count);
      total += count;
    }
    return { total, of: counts };
  }, [chats, marks, me]);
}

/** Sent again under the same id it is said once. */
export const sendMessage = (conversation: string, id: string, text: string) => done(rest.POST("/chat/{conversation}/messages", { ...of(conversation), body: { id, text } }));
export const markRead = (conversation: string, number: number) => done(rest.PUT("/chat/{conversation}/read", { ...of(conversation), body: { number } }));
export const raiseHand = (agent: string, text: string) => done(rest.PUT("/agents/{agent}/hand", { params: { path: { agent } }, body: { text } }));
export const lowerHand = (agent: string) => done(rest.DELETE("/agents/{agent}/hand", { params: { path: { agent } } }));

export function useChatPeople() {
  return useQuery({ queryKey: ["chat", "people"], queryFn: () => body(rest.GET("/chat/people")), staleTime: 60_000 });
}

export function useChatSearch(text: string) {
  return useQuery({ queryKey: ["chat", "search", text], queryFn: () => body(rest.GET("/chat/search", { params: { query: { text, limit: 30 } } })), enabled: text.length >= 2 });
}

/** Messages before number `below`, read when asked for. */
export function useEarlier(conversation: string, below: number | null) {
  return useInfiniteQuery({
    queryKey: ["chat", "earlier", conversation, below],
    enabled: false,
    initialPageParam: below,
    queryFn: ({ pageParam }) => body(rest.GET("/chat/{conversation}/messages", { params: { path: { conversation }, query: { limit: PAGE, ...(pageParam === null ? {} : { below: pageParam }) } } })),
    getNextPageParam: (page) => (page.items.length < PAGE ? undefined : (page.items.at(-1)?.number ?? null)),
  });
}
