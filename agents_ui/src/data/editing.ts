// Documents that are being edited. They outlive a look at another page; what is not saved is nowhere else, so leaving the
// console asks first.
import { useSyncExternalStore } from "react";

/** Drafts of one kind of document. */
export function makeDrafts<T>() {
  const drafts = new Map<string, T>();
  const listeners = new Set<() => void>();

  function keepDraft(id: string, document: T): void {
    drafts.set(id, document);
    tell();
  }

  function dropDraft(id: string): void {
    if (drafts.delete(id)) tell();
  }

  /** Null while nothing is changed. */
  function useDraft(id: string): T | null {
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
  return { keepDraft, dropDraft, useDraft };
}
