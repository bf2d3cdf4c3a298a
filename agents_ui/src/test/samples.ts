import type { AgentView, CallView, Card, ClientCard, IntercomView, Me, PastIntercom, QueueView, Site } from "@/api/types";

export const ME: Me = { login: "anna", name: "Anna", role: "operator", language: "en", agent: true, station: "101" };

export const SITE: Site = {
  name: "Test site",
  timezone: "Europe/Moscow",
  region: "RU",
  languages: ["ru", "en"],
  pause_reasons: [{ code: "lunch", ru: "Обед", en: "Lunch" }],
  dispositions: [
    { code: "sold", ru: "Продано", en: "Sold", queues: ["sales"], note_required: false, parent: null, callback: "no", amount: "no", answers: [] },
    { code: "callback", ru: "Перезвонить", en: "Call back", queues: [], note_required: true, parent: null, callback: "no", amount: "no", answers: [] },
    { code: "other_queue", ru: "Иное", en: "Not of this queue", queues: ["support"], note_required: false, parent: null, callback: "no", amount: "no", answers: [] },
  ],
  pause_reasons_version: 1,
  dispositions_version: 1,
  queues: [{ id: "sales", name: "Sales", service_level_seconds: 20, wrap_up_longest: 0, preview_next: "no" }],
};

export function agentView(part: Partial<AgentView> = {}): AgentView {
  return {
    kind: "agent", agent: "anna", name: "Anna", station: "101", station_ready: true, state: "ready", since: 1000, reason: "",
    intent: "ready", intent_reason: "", browser: true, call: null, offer: null, queues: ["sales"], phone_problem: null, wrap_up_until: null, hand_since: null, hand_text: "", ...part,
  };
}

export function callView(part: Partial<CallView> = {}): CallView {
  return {
    kind: "call", call: "main:1.1", server: "main", state: "offered", number: "+79161234567", name: "", dialled: "100", queue: "sales",
    priority: 5, client: null, arrived_at: 990, queued_at: 991, offered_at: 1000, answered_at: null, ended_at: null, agent: "anna",
    offer: "main:1.1/1", offer_state: "shown", rung: ["anna"], offers: 1, callback: null, flow: null, step: null,
    where: null, hold_since: null, guest: null, actions: [], recorded: false, recording_paused: false, came_from: null, parked_by: null, parked_at: null,
    dialled_by: null, placed: false, answers_itself: false, ...part,
  };
}

/** Boris calls Anna. */
export function intercomView(part: Partial<IntercomView> = {}): IntercomView {
  return { kind: "intercom", intercom: INTERCOM, by: "boris", to: "anna", state: "ringing", since: Date.now() / 1000 - 5, ...part };
}

export const INTERCOM = "main:intercom-17-a2002";

export function pastIntercom(part: Partial<PastIntercom> = {}): PastIntercom {
  return { id: INTERCOM, by: "boris", to: "anna", by_name: "Boris", to_name: "Anna", started_at: 1000, answered_at: 1005, ended_at: 1080, outcome: "answered", talked: 75, ...part };
}

export const BORIS = { kind: "colleague", agent: "boris", name: "Boris", team: null, station: "a2002", state: "ready", since: 1000 } as const;

export function queueView(part: Partial<QueueView> = {}): QueueView {
  return { kind: "queue", queue: "sales", name: "Sales", waiting: 0, longest_since: null, talking: 0, agents_ready: 1, agents_engaged: 0, agents_paused: 0, ...part };
}

export const CLIENT: ClientCard = {
  id: 7, name: "Maria Lebedeva", company: "North Wind", rank: "vip", phones: [{ raw: "+7 916 123-45-67", e164: "+79161234567", label: "" }],
  email: "", note: "", since: 0, interactions: [], deals: [], tickets: [], tasks: [], owner: "anna",
  standing: { marks: [], waiting: [], next_step: null },
};

const NUMBER = { raw: "89161234567", e164: "+79161234567", display: "+7 916 123-45-67" };

export const KNOWN: Card = { number: NUMBER, match: "known", client: CLIENT, candidates: [] };
export const UNKNOWN: Card = { number: NUMBER, match: "unknown", client: null, candidates: [] };
// A server renewed before this page was reloaded may know more reasons than its types.
const NEWER = { code: "newer_than_this_build", detail: "told by the server" } as unknown as Card["candidates"][number]["reasons"][number];

export const SEVERAL: Card = {
  number: NUMBER,
  match: "several",
  client: null,
  candidates: [
    { client: CLIENT, reasons: [{ code: "deal", detail: "2" }], score: 2 },
    { client: { ...CLIENT, id: 8, name: "Peter Lebedev" }, reasons: [NEWER], score: 1 },
  ],
};
