import { useTranslation } from "react-i18next";
import { setSingleKeys, useSingleKeys } from "@/data/prefs";
import { Key } from "./Key";
import { Sheet } from "./Sheet";

const ROWS = [
  ["R", "ready"], ["P", "pause"], ["O", "offline"], ["/", "search"], ["Shift+D", "decline"], ["Shift+H", "hangUp"],
  ["1 … 9", "candidate"], ["Shift+U", "undo"], ["Alt+1 … 9", "disposition"], ["Ctrl+Enter", "finish"], ["N", "note"], ["⌫", "up"], ["E", "extend"], ["→ · ←", "script"], ["Esc", "back"], ["? · F1", "sheet"],
] as const;

export function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const on = useSingleKeys();
  return (
    <Sheet title={t("keys.title")} onClose={onClose} testId="key-sheet">
      <dl className="keys">
        {ROWS.map(([key, name]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>
              <Key of={key} />
            </dt>
            <dd>{name === "up" ? t("papers.keyUp") : name === "extend" ? t("papers.keyExtend") : name === "script" ? t("papers.keyScript") : t(`keys.${name}`)}</dd>
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
