import { useTranslation } from "react-i18next";
import { useEntity } from "@/api/collection";
import type { CallView } from "@/api/types";
import { DialNumber } from "@/components/DialNumber";
import { phoneNumber } from "@/i18n/format";

/** Who calls: the client's name once it is known, and the number. */
export function Caller({ call, short = false }: { call: CallView; short?: boolean }) {
  const { t } = useTranslation();
  const card = useEntity("card", call.call)?.card;
  const number = card?.number.display ?? phoneNumber(call.number);
  const shown = number === "" ? t("card.hidden") : number;
  const name = card?.client?.name ?? "";
  if (name === "") return <DialNumber number={call.number} shown={shown} />;
  if (short) return <span title={shown}>{name}</span>;
  return (
    <span className="caller" title={`${name}, ${shown}`}>
      <span className="ellipsis">{name}</span>
      <span className="muted nowrap">
        <DialNumber number={call.number} shown={shown} />
      </span>
    </span>
  );
}
