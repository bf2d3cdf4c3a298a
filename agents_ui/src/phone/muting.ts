// A reload, or another tab, ends the voice of a conversation, and the station is called anew into it: muted as the
// operator left it. Kept in the browser, for the voice must be off before any network is asked.

const KEY = "cc.phone.muted";

/** Which conversation this is: a call, and who speaks in it. */
const name = (station: string, call: string): string => `${station} ${call}`;

/** Of an internal call there is nothing to keep: it ends with its voice. */
export function keepMuted(station: string, call: string | null, muted: boolean): void {
  if (call === null) return;
  try {
    if (muted) window.localStorage.setItem(KEY, name(station, call));
    else forgetMuted();
  } catch {
    // Forbidden storage: a renewed voice begins unmuted.
  }
}

export function wasMuted(station: string, call: string | null): boolean {
  try {
    return call !== null && window.localStorage.getItem(KEY) === name(station, call);
  } catch {
    return false;
  }
}

export function forgetMuted(): void {
  try {
    window.localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
