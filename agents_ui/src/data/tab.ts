// The tab's icon carries the operator's state, since the tab is often behind others, and a dot for what waits to be read
// or a raised hand. Colours as in theme/tokens.css; an icon stands on the browser's own ground, so the same serve light
// and dark.
import { useEffect } from "react";
import type { AgentState } from "@/api/types";

const COLOURS: Record<AgentState, string> = {
  ready: "#2f9e5b",
  offered: "#f0a020",
  talking: "#3b7fdc",
  internal: "#c2508f",
  wrap_up: "#8f5fd6",
  paused: "#b98a12",
  offline: "#7f8b88",
};

export type Marks = { readonly unread: boolean; readonly hand: boolean };
const AFTER_MS = 300;
const NOTHING: Marks = { unread: false, hand: false };

export function faviconOf(state: AgentState | undefined, marks: Marks = NOTHING): string {
  if (state === undefined && !marks.unread && !marks.hand) return "/favicon.svg";
  const ring = state === "offered" ? "<circle cx='22' cy='22' r='10' fill='#fff'/>" : "";
  const dot = state === undefined ? "" : `<circle cx='22' cy='22' r='10' fill='#0d4f57'/>${ring}<circle cx='22' cy='22' r='8' fill='${COLOURS[state]}'/>`;
  // A hand outranks a message: somebody waits.
  const mark = marks.hand || marks.unread ? `<circle cx='24' cy='8' r='8' fill='#fff'/><circle cx='24' cy='8' r='6' fill='${marks.hand ? "#e0341f" : "#1c7fd6"}'/>` : "";
  const image = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='4' fill='#0d4f57'/><rect x='5' y='6' width='4' height='20' fill='#f2b13c'/><path d='M13 10h14M13 16h6' stroke='#fff' stroke-width='3'/>${dot}${mark}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(image)}`;
}

function show(icon: string): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (link !== null) link.href = icon;
}

/** The tab's title and icon. A moment late, and both at once: drawing its tabs costs the browser as much as a third of a card,
 * and the card of an offer goes before. */
export function useTab(title: string, state: AgentState | undefined, { unread, hand }: Marks = NOTHING): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      document.title = title;
      show(faviconOf(state, { unread, hand }));
    }, AFTER_MS);
    return () => clearTimeout(timer);
  }, [title, state, unread, hand]);
  useEffect(() => () => show(faviconOf(undefined)), []);
}
