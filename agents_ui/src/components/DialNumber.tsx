import { useTranslation } from "react-i18next";
import { useEntity } from "@/api/collection";
import { dialClient } from "@/data/control";
import { callColleague } from "@/data/intercom";
import { numbersIn, typedNumber } from "@/data/numbers";
import { useSession, useSite } from "@/data/session";
import { phoneNumber } from "@/i18n/format";
import { useAction, useCanAct } from "./action";
import { Icon } from "./Icon";
import { ProblemText } from "./Problem";

/** Whether who is signed in may begin a call of his own: free, signed in to calls, at a phone that can be rung. */
export function useMayDial(): boolean {
  const login = useSession().data?.login ?? null;
  const agent = useEntity("agent", login);
  const canAct = useCanAct();
  return canAct && agent !== undefined && agent.station_ready && (agent.state === "ready" || agent.state === "paused");
}

/** A number that is a button while it may be dialled, and a text otherwise, as an extension always is. `shown`: as it is written, if not as usual.
 * Not for within another button: there the number is a text. */
export function DialNumber({ number, shown }: { number: string; shown?: string }) {
  const { t } = useTranslation();
  const may = useMayDial();
  const work = useAction();
  const text = shown ?? phoneNumber(number);
  if (number === "") return <>{t("card.hidden")}</>;
  if ((!may || typedNumber(number) === null) && work.error === null) return <span className="nowrap">{text}</span>;
  return (
    <>
      <button
        type="button"
        className="link-button dial nowrap"
        disabled={!may || work.busy}
        aria-label={t("control.call", { number: text })}
        title={t("control.call", { number: text })}
        onClick={(event) => {
          // A row that opens at a click is not meant.
          event.stopPropagation();
          void work.run(() => dialClient(number));
        }}
        data-testid="dial"
      >
        <Icon name="phone" size={12} />
        {text}
      </button>
      <ProblemText error={work.error} inline />
    </>
  );
}

/** What somebody wrote, with the numbers in it as they are on the rest of the screen. Not for within a button, either. */
export function FreeText({ text }: { text: string }) {
  const region = useSite().data?.region ?? "";
  return numbersIn(text, region).map((piece, index) => (piece.number === null ? piece.text : <DialNumber key={index} number={piece.number} shown={piece.text} />));
}

/** Calls a colleague; there only while both may speak. */
export function DialColleague({ login, name, free }: { login: string; name: string; free: boolean }) {
  const { t } = useTranslation();
  const may = useMayDial();
  const work = useAction();
  if (!(may && free) && work.error === null) return null;
  return (
    <>
      <button type="button" className="icon-button" disabled={!(may && free) || work.busy} aria-label={t("control.callColleague", { who: name })} title={t("control.callColleague", { who: name })} onClick={() => void work.run(() => callColleague(login))} data-testid={`dial-${login}`}>
        <Icon name="phone" size={14} />
      </button>
      <ProblemText error={work.error} />
    </>
  );
}
