import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll, vi } from "vitest";
import { loadPlanWords, startLanguage } from "@/i18n";

// What jsdom lacks.
window.matchMedia = (query: string) =>
  ({ matches: false, media: query, addEventListener: () => undefined, removeEventListener: () => undefined, addListener: () => undefined, removeListener: () => undefined }) as unknown as MediaQueryList;
window.ResizeObserver = class {
  observe(): void {
    // Nothing has a size here.
  }
  unobserve(): void {
    // Nothing has a size here.
  }
  disconnect(): void {
    // Nothing has a size here.
  }
};
HTMLDialogElement.prototype.showModal = function (): void {
  this.open = true;
};
(globalThis as { CSS?: unknown }).CSS ??= { escape: (value: string) => value };

beforeAll(async () => {
  await startLanguage("en");
  await loadPlanWords("en");
});

afterEach(() => {
  cleanup();
  window.localStorage.clear();
  vi.useRealTimers();
});
