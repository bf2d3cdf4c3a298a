import { useTranslation } from "react-i18next";
import { setSingleKeys, useSingleKeys } from "@/data/prefs";
import { usePhone } from "@/phone/context";
import { Key } from "./Key";
import { Sheet } from "./Sheet";

const ROWS = [
  ["R", "ready"], ["P", "pause"], ["O", "offline"], ["/", "search"], ["Shift+D", "decline"], ["Shift+H", "hangUp"],
  ["1 … 9", "candidate"], ["Shift+U", "undo"], ["Alt+1 … 9", "disposition"], ["Ctrl+Enter", "finish"], ["N", "note"], ["Esc", "back"], ["? · F1", "sheet"],
] as const;

const PHONE_ROWS = [["A", "answer"], ["M", "mute"], ["K", "keypad"]] as const;

export function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const on = useSingleKeys();
  const { state } = usePhone();
  return (
    <Sheet title={t("keys.title")} onClose={onClose} testId="key-sheet">
      <dl className="keys">
        {ROWS.map(([key, name]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>
              <Key of={key} />
            </dt>
            <dd>{t(`keys.${name}`)}</dd>
          </div>
        ))}
        {state.station !== "browser"
          ? null
          : PHONE_ROWS.map(([key, name]) => (
              <div key={name} style={{ display: "contents" }}>
                <dt>
                  <Key of={key} />
                </dt>
                <dd>{t(`phone.keys.${name}`)}</dd>
              </div>
            ))}
      </dl>
      <label className="row" style={{ marginTop: 16 }}>
        <input type="checkbox" checked={on} onChange={(event) => setSingleKeys(event.target.checked)} />
        {t("keys.single")}
      </label>
    </Sheet>
  );
}
