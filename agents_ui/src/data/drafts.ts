// What the operator has typed about a call and not yet sent, kept in the browser's storage at every key stroke: a
// reload, a crash or a lost link costs nothing. The server gets it a moment later (data/note), for the next operator and
// for another computer. Removed when it is sent, when the person signs out, and after a day.
import { forgetUnfinished } from "./unfinished";

export type Draft = { disposition: string | null; note: string; amount: string; callbackAt: number | null; callbackMine: boolean };
export const EMPTY: Draft = { disposition: null, note: "", amount: "", callbackAt: null, callbackMine: false };

export function isEmpty({ disposition, note, amount, callbackAt }: Draft): boolean {
  return disposition === null && note === "" && amount === "" && callbackAt === null;
}

const PREFIX = "cc.draft.";
const KEEP_MS = 24 * 3600 * 1000;

type Stored = Draft & { at: number };

const key = (login: string, call: string): string => `${PREFIX}${login}.${call}`;

export function readDraft(login: string, call: string): Draft {
  const stored = parse(storage()?.getItem(key(login, call)) ?? null);
  if (stored === null) return EMPTY;
  const { disposition, note, amount, callbackAt, callbackMine } = stored;
  return { disposition, note, amount, callbackAt, callbackMine };
}

export function writeDraft(login: string, call: string, draft: Draft, now = Date.now()): void {
  try {
    storage()?.setItem(key(login, call), JSON.stringify({ ...draft, at: now } satisfies Stored));
  } catch {
    // Storage full or forbidden: the note still lives in the form.
  }
}

export function dropDraft(login: string, call: string): void {
  storage()?.removeItem(key(login, call));
}

export function clearDrafts(login: string): void {
  forgetUnfinished(login);
  eachDraft((name, store) => {
    if (name.startsWith(`${PREFIX}${login}.`)) store.removeItem(name);
  });
}

export function pruneDrafts(now = Date.now()): void {
  eachDraft((name, store) => {
    const stored = parse(store.getItem(name));
    if (stored === null || now - stored.at > KEEP_MS) store.removeItem(name);
  });
}

function eachDraft(visit: (name: string, store: Storage) => void): void {
  const store = storage();
  if (store === null) return;
  const names = Array.from({ length: store.length }, (_, index) => store.key(index));
  for (const name of names) if (name?.startsWith(PREFIX) === true) visit(name, store);
}

function parse(text: string | null): Stored | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const { disposition, note, amount, callbackAt, callbackMine, at } = value as Partial<Stored>;
    if (typeof note !== "string" || typeof at !== "number") return null;
    return {
      disposition: typeof disposition === "string" ? disposition : null,
      note,
      amount: typeof amount === "string" ? amount : "",
      callbackAt: typeof callbackAt === "number" ? callbackAt : null,
      callbackMine: callbackMine === true,
      at,
    };
  } catch {
    return null;
  }
}

function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
