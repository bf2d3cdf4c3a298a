import { useState } from "react";
import { useTranslation } from "react-i18next";
import { askToNotify } from "@/data/alerts";
import { setNotify, setSingleKeys, setSound, useNotify, useSingleKeys, useSound } from "@/data/prefs";
import { labelledKeys } from "./hotkeys";
import { Key } from "./Key";
import { Sheet } from "./Sheet";
import { keyWords, SCREENS, SHEET, type Screen } from "./sheetKeys";

/** The keys of this screen by what they are about, those of the others behind one press, and how the console may call. */
export function KeySheet({ screen, onClose }: { screen: Screen; onClose: () => void }) {
  const { t } = useTranslation();
  const on = useSingleKeys();
  const here = new Set<Group>(SCREENS[screen]);
  const elsewhere = SHEET.filter(([group]) => !here.has(group));
  // What other panels register with a label of their own; read once, the sheet covers them.
  const [more] = useState(labelledKeys);
  return (
    <Sheet title={t("keys.title")} onClose={onClose} wide testId="key-sheet">
      <div className="key-groups">
        {SHEET.filter(([group]) => here.has(group)).map(([group, rows]) => (
          <Keys key={group} group={group} rows={rows} />
        ))}
        {more.length === 0 ? null : (
          <section>
            <h3>{t("keyGroup.more")}</h3>
            <dl className="keys">
              {more.map(({ keys, label }) => (
                <div key={`${keys} ${label}`} style={{ display: "contents" }}>
                  <dt>
                    <Key of={keyWords(keys)} />
                  </dt>
                  <dd>{label}</dd>
                </div>
              ))}
            </dl>
          </section>
        )}
      </div>
      <details className="key-elsewhere" data-testid="keys-elsewhere">
        <summary>{t("keyGroup.elsewhere")}</summary>
        <div className="key-groups">
          {elsewhere.map(([group, rows]) => (
            <Keys key={group} group={group} rows={rows} />
          ))}
        </div>
      </details>
      <div className="key-switches">
        <label className="row">
          <input type="checkbox" checked={on} onChange={(event) => setSingleKeys(event.target.checked)} />
          {t("keys.single")}
        </label>
        <Calling />
      </div>
    </Sheet>
  );
}

type Group = (typeof SHEET)[number][0];

function Keys({ group, rows }: { group: Group; rows: (typeof SHEET)[number][1] }) {
  const { t } = useTranslation();
  return (
    <section data-group={group}>
      <h3>{t(`keyGroup.${group}`)}</h3>
      <dl className="keys">
        {rows.map(([, shown, words]) => (
          <div key={words} style={{ display: "contents" }}>
            <dt>
              <Key of={shown} />
            </dt>
            <dd>{t(words)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Calling() {
  const { t } = useTranslation();
  const sound = useSound();
  const wanted = useNotify();
  const denied = "Notification" in window && Notification.permission === "denied";
  const switched = async (on: boolean): Promise<void> => setNotify(on && (await askToNotify()) ? "on" : "off");
  return (
    <>
      <label className="row">
        <input type="checkbox" checked={sound} onChange={(event) => setSound(event.target.checked)} data-testid="pref-sound" />
        {t("alerts.sound")}
      </label>
      <label className="row">
        <input type="checkbox" checked={wanted === "on" && !denied} disabled={denied} onChange={(event) => void switched(event.target.checked)} data-testid="pref-notify" />
        {t("alerts.notify")}
      </label>
      {denied ? <p className="muted">{t("alerts.denied")}</p> : null}
    </>
  );
}
