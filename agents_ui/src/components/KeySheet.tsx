import { useTranslation } from "react-i18next";
import { setSingleKeys, useSingleKeys } from "@/data/prefs";
import { Key } from "./Key";
import { Sheet } from "./Sheet";

const ROWS = [
  ["R", "ready"], ["P", "pause"], ["O", "offline"], ["/", "search"], ["Shift+D", "decline"], ["Shift+H", "hangUp"],
  ["1 … 9", "candidate"], ["Shift+U", "undo"], ["Alt+1 … 9", "disposition"], ["Ctrl+Enter", "finish"], ["N", "note"], ["Esc", "back"], ["? · F1", "sheet"],
] as const;

// Of the client's card and page (i18n/card.*).
const CARD_ROWS = [
  ["C", "candidates"], ["A", "add"], ["Shift+1 … 4", "addKind"], ["F", "filter"], ["Shift+F", "nextKind"],
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
            <dd>{t(`keys.${name}`)}</dd>
          </div>
        ))}
        {CARD_ROWS.map(([key, name]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>
              <Key of={key} />
            </dt>
            <dd>{t(`cardKeys.${name}`)}</dd>
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
