const paths = {
  phone: "M6.6 3H3.5A.5.5 0 0 0 3 3.5C3 13.2 10.8 21 20.5 21a.5.5 0 0 0 .5-.5v-3.1l-4.6-2-2.3 2.3a15 15 0 0 1-6.8-6.8l2.3-2.3z",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M20.5 20.5l-5.4-5.4",
  sun: "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M19.1 4.9l-1.4 1.4M6.3 17.7l-1.4 1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  auto: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 3.5v17M12 8h7.5M12 12h8.5M12 16h7.5",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-.9.5-1.5 1.1-1.5 2.4M12 17.2v.3M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4z",
  out: "M14 4H5v16h9M10 12h11M17.5 8.5 21 12l-3.5 3.5",
  close: "M5 5l14 14M19 5 5 19",
  down: "M6 9.5l6 6 6-6",
  back: "M14.5 5.5 8 12l6.5 6.5",
  play: "M7 4.5v15l12-7.5z",
  stop: "M6 6h12v12H6z",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  hand: "M8 12V6.2a1.3 1.3 0 0 1 2.6 0V11V4.8a1.3 1.3 0 0 1 2.6 0V11V5.8a1.3 1.3 0 0 1 2.6 0V13l1.2-2a1.3 1.3 0 0 1 2.3 1.2L16.5 18a5 5 0 0 1-4.5 3h-.6A5.4 5.4 0 0 1 6 15.6V10a1.3 1.3 0 0 1 2 1",
  contrast: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 3.5v17M9 5v14M6 8v8",
  headset: "M4 15v-3a8 8 0 0 1 16 0v3M4 15a2 2 0 0 1 4 0v2a2 2 0 0 1-4 0zM16 15a2 2 0 0 1 4 0v2a2 2 0 0 1-4 0zM20 17c0 2.5-2 4-5 4h-2",
  microphone: "M12 3.5a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0v-5a3 3 0 0 0-3-3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3",
  muted: "M12 3.5a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0v-5a3 3 0 0 0-3-3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3M4 4l16 16",
  browser: "M3 5h18v14H3zM3 9h18",
  queue: "M4 6h16M4 12h16M4 18h10",
} as const;

export type IconName = keyof typeof paths;

/** Decoration only: the words beside it, or the label of its button, say what it means. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="4" fill="#0d4f57" />
      <rect x="5" y="6" width="4" height="20" fill="#f2b13c" />
      <path d="M13 10h14M13 16h14M13 22h8" stroke="#fff" strokeWidth="3" />
    </svg>
  );
}
