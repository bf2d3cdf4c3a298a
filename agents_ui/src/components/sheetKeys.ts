// The keys that the sheet tells of, by what they are about: how the code registers them, how they are shown, and their
// words. A test looks that every key of the sources is here or has a label of its own.
export const SHEET = [
  ["state", [[["KeyR"], "R", "keys.ready"], [["KeyP"], "P", "keys.pause"], [["KeyO"], "O", "keys.offline"]]],
  ["call", [[["Shift+KeyD"], "Shift+D", "keys.decline"], [["Shift+KeyH"], "Shift+H", "keys.hangUp"], [["KeyK"], "K", "control.keys.keypad"]]],
  ["control", [
    [["Shift+KeyO"], "Shift+O", "control.keys.hold"], [["Shift+KeyT"], "Shift+T", "control.keys.transfer"], [["Shift+KeyC"], "Shift+C", "control.keys.consult"],
    [["Shift+KeyE"], "Shift+E", "control.keys.complete"], [["Shift+KeyJ"], "Shift+J", "control.keys.join"], [["Shift+KeyB"], "Shift+B", "control.keys.dismiss"],
    [["Shift+KeyX"], "Shift+X", "control.keys.park"], [["Shift+KeyG"], "Shift+G", "control.keys.fetch"], [["Shift+KeyR"], "Shift+R", "control.keys.recording"],
  ]],
  ["phone", [[["KeyA"], "A", "phone.keys.answer"], [["KeyM"], "M", "phone.keys.mute"]]],
  ["lists", [[["KeyN"], "N", "keys.newCallback"], [["KeyJ", "KeyK"], "J · K", "keys.row"], [["KeyL"], "L", "keys.listen"], [["KeyT"], "T", "keys.take"], [["KeyD"], "D", "keys.done"]]],
  ["client", [[["Slash"], "/", "keys.search"], [["Digit"], "1 … 9", "keys.candidate"], [["Shift+KeyU"], "Shift+U", "keys.undo"], [["KeyI"], "I", "cardKeys.candidates"], [["Shift+KeyI"], "Shift+I", "cardKeys.other"],
    [["KeyQ"], "Q", "cardKeys.add"], [["Shift+Digit"], "Shift+1 … 4", "cardKeys.addKind"], [["KeyL"], "L", "cardKeys.filter"], [["Shift+KeyL"], "Shift+L", "cardKeys.nextKind"]]],
  ["wrapUp", [[["Alt+Digit"], "Alt+1 … 9", "keys.disposition"], [["KeyN"], "N", "keys.note"], [["Ctrl+Enter"], "Ctrl+Enter", "keys.finish"],
    [["Backspace"], "⌫", "papers.keyUp"], [["KeyE"], "E", "papers.keyExtend"], [["ArrowRight", "ArrowLeft"], "→ · ←", "papers.keyScript"]]],
  ["day", [[["KeyJ", "KeyK"], "J · K", "moreKeys.day"], [["KeyX"], "X", "moreKeys.tick"], [["KeyF"], "F", "moreKeys.figures"]]],
  ["people", [[["KeyC"], "C", "moreKeys.chat"], [["KeyH"], "H", "moreKeys.hand"]]],
  ["general", [[["?"], "? · F1", "keys.sheet"], [["Escape"], "Esc", "keys.back"], [["Enter"], "Enter", "moreKeys.enter"]]],
] as const;

const EVERYWHERE = ["state", "people", "general"] as const;

/** Which groups act on one screen together: the sheet opens with these. `page` is any other. */
export const SCREENS = {
  idle: [...EVERYWHERE, "control", "client", "wrapUp", "day"],
  call: [...EVERYWHERE, "call", "control", "phone", "client", "wrapUp"],
  lists: [...EVERYWHERE, "lists"],
  page: EVERYWHERE,
} as const;

export type Screen = keyof typeof SCREENS;

/** "Shift+KeyD" as it is printed on a keyboard: Shift+D. */
export function keyWords(keys: string): string {
  return keys
    .split("+")
    .map((part) => part.replace(/^(Key|Digit)/, "").replace("Slash", "/").replace("Escape", "Esc"))
    .join("+");
}
