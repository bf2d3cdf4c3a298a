// Scripts that are being edited. They outlive a look at another page; what is not saved is nowhere else, so leaving the
// console asks first.
import { useSyncExternalStore } from "react";
import type { ScriptDocument } from "@/api/types";

const drafts = new Map<string, ScriptDocument>();
const listeners = new Set<() => void>();

export function keepDraft(id: string, script: ScriptDocument): void {
  drafts.set(id, script);
  tell();
}

export function dropDraft(id: string): void {
  if (drafts.delete(id)) tell();
}

/** Null while nothing is changed. */
export function useDraft(id: string): ScriptDocument | null {
  return useSyncExternalStore(subscribe, () => drafts.get(id) ?? null);
}

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

window.addEventListener("beforeunload", (event) => {
  if (drafts.size > 0) event.preventDefault();
});
