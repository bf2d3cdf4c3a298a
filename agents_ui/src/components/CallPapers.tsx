// What a call leaves behind: who handed it to whom, its recording, how it sounded, what was answered and noted.
import { useTranslation } from "react-i18next";
import { useCollection } from "@/api/collection";
import type { CallScript, InteractionDetail } from "@/api/types";
import { asLanguage } from "@/i18n";
import { phoneNumber, useFormat } from "@/i18n/format";
import { answerTexts, type Answers } from "@/panels/scripts/walk";
import { FreeText } from "./DialNumber";
import { Icon } from "./Icon";
import { useNames } from "./names";
import { usePlayer } from "./player";

type Fact = InteractionDetail["facts"][number];
const text = (fact: Fact, field: string): string => (typeof fact[field] === "string" ? fact[field] : "");

function useAgentName(): (login: string) => string {
  const agents = useCollection("agent");
  const colleagues = useCollection("colleague");
  return (login) => agents.find(({ agent }) => agent === login)?.name ?? colleagues.find(({ agent }) => agent === login)?.name ?? login;
}

/** Who gave the caller to whom, who was asked, and who fetched him, in order. */
export function Moves({ facts }: { facts: readonly Fact[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const names = useNames();
  const agent = useAgentName();
  const words = (fact: Fact): string | null => {
    const who = agent(text(fact, "agent"));
    const guest = text(fact, "guest") === "" ? phoneNumber(text(fact, "number")) : agent(text(fact, "guest"));
    switch (fact.type) {
      case "CallTransferred": {
        const to = { agent: agent(text(fact, "to")), queue: names.queue(text(fact, "queue")), number: phoneNumber(text(fact, "number")), park: t("past.park") }[text(fact, "kind")] ?? "";
        return t(fact.consulted === true ? "past.handedAsked" : "past.handed", { who, to });
      }
      case "TransferFailed":
        return t("past.notTaken");
      case "CallFetched":
        return t("past.fetched", { who });
      case "GuestAsked":
        return t("past.asked", { who, guest });
      case "GuestJoined":
        return t("past.joined", { who });
      default:
        return null;
    }
  };
  const lines = facts.flatMap((fact, index) => {
    const said = words(fact);
    return said === null ? [] : [{ key: index, at: fact.at, said }];
  });
  if (lines.length === 0) return null;
  return (
    <ul className="offer-lines" data-testid="call-moves" aria-label={t("past.moves")}>
      {lines.map(({ key, at, said }) => (
        <li key={key} className="line">
          <span className="num muted">{typeof at === "number" ? format.time(at) : ""}</span>
          <span>
            <FreeText text={said} />
          </span>
        </li>
      ))}
    </ul>
  );
}

export function RecordingPlayer({ call }: { call: string }) {
  const { t } = useTranslation();
  const player = usePlayer();
  const address = `/api/v1/calls/${encodeURIComponent(call)}/recording`;
  const playing = player.playing === address;
  return (
    <span className="row" data-testid="call-recording">
      <button type="button" className="chip-button" aria-pressed={playing} onClick={() => player.toggle(address)} data-testid="play-recording">
        <Icon name={playing ? "stop" : "play"} size={13} /> {t(playing ? "past.stop" : "past.listen")}
      </button>
      {player.failed === address ? (
        <span className="error-text" role="alert">
          {t("past.notHeard")}
        </span>
      ) : null}
    </span>
  );
}

/** One line for each phone that measured: the mean and the worst of the call. */
export function Sounded({ legs }: { legs: InteractionDetail["quality"] }) {
  const { t } = useTranslation();
  const agent = useAgentName();
  if (legs.length === 0) return null;
  return (
    <div data-testid="call-quality">
      {legs.map((leg) => (
        <p key={`${leg.agent} ${leg.station}`} className="muted">
          {t("past.sounded", { who: agent(leg.agent), mos: leg.mos.toFixed(1), worst: leg.mos_worst.toFixed(1), loss: (leg.loss * 100).toFixed(1) })}
        </p>
      ))}
    </div>
  );
}

export function Answered({ script }: { script: CallScript }) {
  const { t, i18n } = useTranslation();
  const language = asLanguage(i18n.language);
  const texts = answerTexts(script.document, script.answers as Answers, language, { yes: t("past.yes"), no: t("past.no") });
  const fields = script.document.steps.flatMap((step) => step.fields ?? []).filter(({ id }) => texts[`answer.${id}`] !== undefined);
  if (fields.length === 0) return null;
  return (
    <div data-testid="call-answers">
      <p className="label">{t("past.answers")}</p>
      <dl className="answers">
        {fields.map((field) => (
          <div key={field.id}>
            <dt className="muted">{field.label?.[language] ?? field.id}</dt>
            <dd>
              <FreeText text={texts[`answer.${field.id}`] ?? ""} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The disposition with its amount and note, and what agents before noted. */
export function Noted({ detail }: { detail: InteractionDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const names = useNames();
  const disposition = names.disposition(detail.disposition);
  const head = [disposition, detail.amount === null ? "" : format.money(Number(detail.amount), null)].filter((part) => part !== "").join(" · ");
  if (head === "" && detail.note === "" && detail.notes.length === 0) return null;
  return (
    <div data-testid="call-notes">
      {head === "" && detail.note === "" ? null : (
        <p>
          {head === "" ? null : <strong>{head}</strong>} <FreeText text={detail.note} />
        </p>
      )}
      {detail.notes.map((note) => (
        <p key={`${note.agent} ${note.at}`}>
          <span className="muted">{t("past.noted", { who: note.agent_name, time: format.time(note.at) })}</span> <FreeText text={note.text} />
        </p>
      ))}
    </div>
  );
}
