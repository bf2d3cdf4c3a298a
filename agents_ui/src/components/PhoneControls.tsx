import { useTranslation } from "react-i18next";
import type { AgentView } from "@/api/types";
import { usePhone } from "@/phone/context";
import type { Quality } from "@/phone/quality";
import { Button } from "./Button";
import { useHotkeys } from "./hotkeys";
import { Icon } from "./Icon";
import { Key } from "./Key";

/** What the phone in this browser can do with the call that is on screen; nothing where a telephone does it. */
export function PhoneControls({ agent }: { agent: AgentView }) {
  const { phone, state } = usePhone();
  if (phone === null || state.station !== "browser" || !state.here) return null;
  if (agent.state === "offered") return <Answering />;
  return agent.state === "talking" ? <Speaking /> : null;
}

function Answering() {
  const { t } = useTranslation();
  const { phone, state } = usePhone();
  const rings = state.call?.state === "ringing";
  useHotkeys([{ keys: "KeyA", when: rings, run: () => phone?.answer() }]);
  // Asterisk's ring comes a moment after the card: until then there is nothing to answer.
  return (
    <Button onClick={() => phone?.answer()} disabled={!rings} loading={state.call?.state === "answering"} rightSection={<Key of="A" />} data-testid="answer">
      {t("phone.answer")}
    </Button>
  );
}

export function Speaking() {
  const { t } = useTranslation();
  const { phone, state } = usePhone();
  const talks = state.call?.state === "talking";
  const muted = state.call?.muted === true;
  const toggle = (): void => phone?.mute(!muted);
  useHotkeys([{ keys: "KeyM", when: talks, run: toggle }]);
  if (state.call === null) {
    return (
      <span className="muted" role="status" data-testid="no-voice">
        {t("phone.noVoice")}
      </span>
    );
  }
  return (
    <div className="row">
      <QualityMark quality={state.call.quality} />
      <Button variant="default" className={muted ? "mute-on" : ""} aria-pressed={muted} onClick={toggle} disabled={!talks} leftSection={<Icon name={muted ? "muted" : "microphone"} size={16} />} rightSection={<Key of="M" />} data-testid="mute">
        {muted ? t("phone.unmute") : t("phone.mute")}
      </Button>
    </div>
  );
}

/** Three bars and a word for a screen reader; the figures on asking. */
function QualityMark({ quality }: { quality: Quality | null }) {
  const { t } = useTranslation();
  if (quality === null) return null;
  // 4.0 and 3.6 are the limits of "satisfied" and "some users dissatisfied" in ITU-T G.107, Annex B.
  const word = quality.mos >= 4 ? "good" : quality.mos >= 3.6 ? "fair" : "bad";
  const figures = t("phone.detail", { roundTrip: Math.round(quality.roundTrip), jitter: Math.round(quality.jitter), loss: (quality.loss * 100).toFixed(1) });
  return (
    <span className="quality" data-quality={word} data-testid="quality" title={`${t("phone.quality")}: ${t("phone.mos", { mos: quality.mos.toFixed(1) })}. ${figures}`}>
      <i />
      <i />
      <i />
      <span className="visually-hidden">{`${t("phone.quality")}: ${t(`phone.qualityOf.${word}`)}`}</span>
    </span>
  );
}
