// The keys that the sheet tells of, by what they are about: how the code registers them, how they are shown, and their
// words. A test looks that every key of the sources is here or has a label of its own.
export const SHEET = [
  ["state", [[["KeyR"], "R", "keys.ready"], [["KeyP"], "P", "keys.pause"], [["KeyO"], "O", "keys.offline"]]],
  ["call", [[["Shift+KeyD"], "Shift+D", "keys.decline"], [["Shift+KeyH"], "Shift+H", "keys.hangUp"]]],
  ["client", [[["Slash"], "/", "keys.search"], [["Digit"], "1 … 9", "keys.candidate"], [["Shift+KeyU"], "Shift+U", "keys.undo"]]],
  ["wrapUp", [[["Alt+Digit"], "Alt+1 … 9", "keys.disposition"], [["KeyN"], "N", "keys.note"], [["Ctrl+Enter"], "Ctrl+Enter", "keys.finish"]]],
  ["day", [[["KeyJ", "KeyK"], "J · K", "moreKeys.day"], [["KeyX"], "X", "moreKeys.tick"], [["KeyF"], "F", "moreKeys.figures"]]],
  ["people", [[["KeyC"], "C", "moreKeys.chat"], [["KeyH"], "H", "moreKeys.hand"]]],
  ["general", [[["?"], "? · F1", "keys.sheet"], [["Escape"], "Esc", "keys.back"], [["Enter"], "Enter", "moreKeys.enter"]]],
] as const;

/** "Shift+KeyD" as it is printed on a keyboard: Shift+D. */
export function keyWords(keys: string): string {
  return keys
    .split("+")
    .map((part) => part.replace(/^(Key|Digit)/, "").replace("Slash", "/").replace("Escape", "Esc"))
    .join("+");
}
