// The codes that the server takes when something is entered or changed here.
import type { DealPatch, NewTicket, TicketKind, TicketPatch } from "@/api/types";

type Given<T> = Exclude<T, null | undefined>;

export const DEAL_STAGES = ["new", "qualification", "proposal", "negotiation", "contract", "won", "lost"] as const satisfies readonly Given<DealPatch["stage"]>[];
export const TICKET_STATUSES = ["new", "open", "in_progress", "waiting", "on_hold", "escalated", "resolved", "closed"] as const satisfies readonly Given<TicketPatch["status"]>[];
export const TICKET_KINDS = ["request", "fault", "complaint"] as const satisfies readonly TicketKind[];
export const PRIORITIES = ["low", "normal", "high", "urgent"] as const satisfies readonly Given<NewTicket["priority"]>[];
