// What the dialplan says in an INVITE.
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from "jssip/lib/UA";

export function isIncoming(event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent): event is IncomingRTCSessionEvent {
  return (event.session.direction as string) === "incoming";
}

/** The dialplan (cc-pre) puts it there: the queue answers by itself, or the agent asked for the call. */
export function asksToBeAnswered(request: { getHeader: (name: string) => string | undefined }): boolean {
  return (request.getHeader("Call-Info") ?? "").includes("answer-after=0");
}

/** The internal call to which the ring belongs, which cc-pre names; null for a caller's call, be it the server's or
 * Asterisk's own queue's while the server is away. */
export function intercomOf(request: { getHeader: (name: string) => string | undefined }): string | null {
  return request.getHeader("X-CC-Colleague") ?? null;
}
