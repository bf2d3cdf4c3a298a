// The tree of dispositions: a flat list, each naming its group. What a queue is offered is decided here as the server
// does it (callcenter/people/dispositions.py).
import type { Disposition, Site } from "@/api/types";
import type { Draft } from "./drafts";

/** Leaves that this queue's calls may be closed with, and the groups on the way to them, in order. */
export function dispositionsOf(site: Site | undefined, queue: string | null): readonly Disposition[] {
  const all = site?.dispositions ?? [];
  const known = new Map(all.map((item) => [item.code, item]));
  const groups = new Set(all.map((item) => item.parent));
  const kept = new Set<string>();
  for (const leaf of all) {
    if (groups.has(leaf.code)) continue;
    const way: string[] = [];
    let at: Disposition | undefined = leaf;
    while (at !== undefined && !way.includes(at.code) && here(at, queue)) {
      way.push(at.code);
      if (at.parent === null) for (const code of way) kept.add(code);
      at = at.parent === null ? undefined : known.get(at.parent);
    }
  }
  return all.filter((item) => kept.has(item.code));
}

function here(item: Disposition, queue: string | null): boolean {
  return item.queues.length === 0 || queue === null || item.queues.includes(queue);
}

export function isGroup(dispositions: readonly Disposition[], code: string): boolean {
  return dispositions.some((item) => item.parent === code);
}

/** The names of the groups above, from the top. */
export function wayTo(dispositions: readonly Disposition[], code: string | null): readonly Disposition[] {
  const way: Disposition[] = [];
  let at = dispositions.find((item) => item.code === code);
  while (at !== undefined && !way.includes(at)) {
    way.unshift(at);
    const { parent } = at;
    at = dispositions.find((item) => item.code === parent);
  }
  return way;
}

export type Missing = "note" | "amount" | "callback" | "answers";
export type Completeness = { readonly chosen: Disposition | undefined; readonly missing: readonly Missing[]; readonly complete: boolean };

const AMOUNT = /^\d{1,15}(\.\d{1,2})?$/;

/** As it is sent: a comma is a point, spaces are nothing. */
export function amountOf(typed: string): string {
  return typed.replaceAll(/\s/g, "").replace(",", ".");
}

/** What the chosen disposition still needs. `unanswered` are fields of the script without an answer. */
export function completeness(dispositions: readonly Disposition[], draft: Draft, now: number, unanswered: ReadonlySet<string> = new Set()): Completeness {
  const chosen = dispositions.find((item) => item.code === draft.disposition && !isGroup(dispositions, item.code));
  if (chosen === undefined) return { chosen, missing: [], complete: false };
  const missing: Missing[] = [];
  if (chosen.note_required && draft.note.trim() === "") missing.push("note");
  const amount = amountOf(draft.amount);
  if (chosen.amount !== "no" && (amount === "" ? chosen.amount === "required" : !AMOUNT.test(amount))) missing.push("amount");
  const past = draft.callbackAt !== null && draft.callbackAt <= now;
  if (chosen.callback !== "no" && (draft.callbackAt === null ? chosen.callback === "required" : past)) missing.push("callback");
  if (chosen.answers.some((name) => unanswered.has(name))) missing.push("answers");
  return { chosen, missing, complete: missing.length === 0 };
}

/** What is sent with the disposition: only what it asks for. */
export function extras(chosen: Disposition, draft: Draft): { amount?: string; callback_at?: number; callback_mine?: boolean } {
  const amount = amountOf(draft.amount);
  return {
    ...(chosen.amount !== "no" && amount !== "" ? { amount } : {}),
    ...(chosen.callback !== "no" && draft.callbackAt !== null ? { callback_at: draft.callbackAt, ...(draft.callbackMine ? { callback_mine: true } : {}) } : {}),
  };
}
