import type { CallView, Card, Me } from "@/api/types";
import { useNames } from "@/components/names";

/** What the placeholders of a call's script stand for, but for the answers. */
export function useKnown(me: Me, call: CallView, card: Card | undefined): Readonly<Record<string, string>> {
  const names = useNames();
  return {
    "client.name": card?.client?.name ?? call.name,
    "client.company": card?.client?.company ?? "",
    "agent.name": me.name,
    "queue.name": names.queue(call.queue),
    "call.number": card?.number.display ?? call.number,
    "site.name": names.site?.name ?? "",
  };
}
