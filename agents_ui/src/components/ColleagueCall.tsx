import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useDerived } from "@/api/collection";
import { usePhone } from "@/phone/context";
import { useHotkeys } from "./hotkeys";
import { Icon } from "./Icon";
import { Key } from "./Key";
import { Speaking } from "./PhoneControls";

/** A colleague rings, or is spoken with. The server holds no call of it, so that the phone alone says what is. */
export function ColleagueCall() {
  const { state } = usePhone();
  const { call } = state;
  return call?.colleague == null ? null : <Panel station={call.colleague} rings={call.state === "ringing"} talks={call.state === "talking"} />;
}

function Panel({ station, rings, talks }: { station: string; rings: boolean; talks: boolean }) {
  const { t } = useTranslation();
  const { phone } = usePhone();
  const name = useDerived("colleague", (all) => all.find((one) => one.station === station)?.name ?? station);
  const who = name === "" ? t("control.colleague") : name;
  useHotkeys([
    { keys: "KeyA", when: rings, run: () => phone?.answer() },
    { keys: "Shift+KeyH", run: () => phone?.hangUp() },
  ]);
  const words = talks ? t("control.withColleague", { who }) : t("control.colleagueRings", { who });
  return (
    <section className="strip" data-state={talks ? "talking" : "offered"} data-testid="colleague-panel" data-talks={talks} aria-label={words}>
      <span className="ring">
        <Icon name="phone" size={22} />
      </span>
      <div className="grow">
        <h2 className="ellipsis" role="status">
          {words}
        </h2>
      </div>
      {talks ? (
        <Speaking />
      ) : (
        <Button onClick={() => phone?.answer()} disabled={!rings} loading={!rings} rightSection={<Key of="A" />} data-testid="answer">
          {t("phone.answer")}
        </Button>
      )}
      <Button variant="default" onClick={() => phone?.hangUp()} rightSection={<Key of="Shift+H" />} data-testid="hang-up">
        {talks ? t("call.hangUp") : t("call.decline")}
      </Button>
    </section>
  );
}
