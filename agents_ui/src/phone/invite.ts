// What the dialplan says in an INVITE.
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from "jssip/lib/UA";

export function isIncoming(event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent): event is IncomingRTCSessionEvent {
  return (event.session.direction as string) === "incoming";
}

/** The dialplan (cc-pre) puts it there: the queue answers by itself, or the agent asked for the call. */
export function asksToBeAnswered(request: { getHeader: (name: string) => string | undefined }): boolean {
  return (request.getHeader("Call-Info") ?? "").includes("answer-after=0");
}

/**
 * Which colleague calls this station, or is called from it, which the dialplan says (cc-pre); null for a caller's
 * call, be it the server's or Asterisk's own queue's while the server is away.
 */
export function colleagueOf({ session, request }: IncomingRTCSessionEvent, station: string): string | null {
  if ((request.getHeader("X-CC-Colleague") as string | undefined) === undefined) return null;
  const { display_name: name, uri } = session.remote_identity;
  return [name as string | null, uri.user as string | null].find((one) => one != null && one !== "" && one !== station) ?? "";
}
