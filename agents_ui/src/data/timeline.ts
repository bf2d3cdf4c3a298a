// A client's timeline, and what people enter for a client.
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { body, rest } from "@/api/rest";
import type { ClientCard, DealPatch, NewDeal, NewNote, NewTask, NewTicket, TaskPatch, TicketKind, TicketPatch, TimelineEntry, TimelineKind } from "@/api/types";

export const KINDS = ["call", "note", "ticket", "deal", "task"] as const satisfies readonly TimelineKind[];
const PAGE = 30;

export const timelineKey = (client: number) => ["clients", client, "timeline"] as const;

export function useTimeline(client: number, kind: TimelineKind | null, text: string) {
  const q = text.trim();
  return useInfiniteQuery({
    queryKey: [...timelineKey(client), kind, q],
    queryFn: ({ pageParam }) =>
      body(
        rest.GET("/clients/{client}/timeline", {
          params: { path: { client }, query: { kinds: kind ?? "", q, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
}

/** What was made for the client in one call. */
export function useMadeInCall(client: number | null, call: string) {
  return useQuery({
    queryKey: [...timelineKey(client ?? 0), "call", call],
    queryFn: () => body(rest.GET("/clients/{client}/timeline", { params: { path: { client: client ?? 0 }, query: { call, limit: 50 } } })),
    enabled: client !== null,
  });
}

const of = (client: number) => ({ params: { path: { client } } });
const at = (client: number, item: number) => ({ params: { path: { client, item } } });

export const createDeal = (client: number, form: NewDeal) => body(rest.POST("/clients/{client}/deals", { ...of(client), body: form }));
export const createTicket = (client: number, form: NewTicket) => body(rest.POST("/clients/{client}/tickets", { ...of(client), body: form }));
export const createTask = (client: number, form: NewTask) => body(rest.POST("/clients/{client}/tasks", { ...of(client), body: form }));
export const createNote = (client: number, form: NewNote) => body(rest.POST("/clients/{client}/notes", { ...of(client), body: form }));

export const changeDeal = (client: number, item: number, form: DealPatch) => body(rest.PATCH("/clients/{client}/deals/{item}", { ...at(client, item), body: form }));
export const changeTicket = (client: number, item: number, form: TicketPatch) => body(rest.PATCH("/clients/{client}/tickets/{item}", { ...at(client, item), body: form }));
export const changeTask = (client: number, item: number, form: TaskPatch) => body(rest.PATCH("/clients/{client}/tasks/{item}", { ...at(client, item), body: form }));
export const changeNote = (client: number, item: number, text: string) => body(rest.PATCH("/clients/{client}/notes/{item}", { ...at(client, item), body: { text } }));

export const idOf = (entry: TimelineEntry): string => (entry.kind === "call" ? `call ${entry.interaction.call}` : `${entry.kind} ${entry.id}`);
export const momentOf = (entry: TimelineEntry): number => (entry.kind === "call" ? entry.interaction.started_at : entry.created_at);

/** What the card itself knows, in the timeline's order: shown until the server's own list is here. */
export function entriesOfCard(client: ClientCard): readonly TimelineEntry[] {
  const made = { client: client.id, by: "", call: null };
  const entries: TimelineEntry[] = [
    ...client.interactions.map((interaction) => ({ kind: "call" as const, interaction })),
    ...client.tickets.map(({ kind, ...ticket }) => ({ ...ticket, ...made, kind: "ticket" as const, kind_of: kindOf(kind), closed_at: null })),
    ...client.deals.map((deal) => ({ ...deal, ...made, kind: "deal" as const, closed_at: null })),
    ...client.tasks.map((task) => ({ ...task, ...made, kind: "task" as const, done_at: null, message: task.message ?? null })),
  ];
  return entries.sort((one, other) => momentOf(other) - momentOf(one));
}

function kindOf(kind: string): TicketKind {
  return kind === "fault" || kind === "complaint" ? kind : "request";
}

/** As the server compares texts: small letters, ё as е. */
const folded = (text: string): string => text.toLowerCase().replaceAll("ё", "е");

/** Whether an entry passes the filter, by what is known of it here; the server's answer follows and has the last word. */
export function passes(entry: TimelineEntry, kind: TimelineKind | null, text: string, words: string): boolean {
  if (kind !== null && entry.kind !== kind) return false;
  const said = folded(words);
  return folded(text.trim())
    .split(/\s+/)
    .every((word) => said.includes(word));
}
