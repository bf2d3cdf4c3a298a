import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CallView, Candidate, Card } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { ClientFacts, OpenThings, Phones, RankChip } from "@/components/ClientParts";
import { HistoryList } from "@/components/History";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { ProblemText, Skeletons } from "@/components/Problem";
import { pickClient, undoClient } from "@/data/calls";
import { useFormat } from "@/i18n/format";
import { ClientForm } from "./ClientForm";
import { ClientHistory } from "./ClientView";

type Props = { call: CallView; card: Card | undefined; digits: boolean; onSearch: () => void };

/** Who calls. Laid out so that at 1366x768 the name, the reason of the match, the last contacts and all that is open
 * are seen without scrolling. `digits`: plain digits pick a candidate. */
export function CardPanel({ call, card, digits, onSearch }: Props) {
  if (card === undefined) return <CardLoading call={call} />;
  return (
    <section className="panel scroll" data-testid="card" data-match={card.match} data-call={call.call}>
      {card.client !== null ? (
        <Known call={call} card={card} client={card.client} onSearch={onSearch} />
      ) : card.candidates.length > 0 ? (
        <Several call={call} card={card} digits={digits} onSearch={onSearch} />
      ) : (
        <Unknown call={call} card={card} onSearch={onSearch} />
      )}
    </section>
  );
}

function CardLoading({ call }: { call: CallView }) {
  return (
    <section className="panel" aria-busy="true" data-testid="card-loading">
      <div className="card-head">
        <h2>{call.name === "" ? call.number : call.name}</h2>
      </div>
      <Skeletons rows={5} />
    </section>
  );
}

function Reasons({ candidate }: { candidate: Candidate | undefined }) {
  const reason = useReason();
  if (candidate === undefined) return null;
  return <span>{candidate.reasons.map(reason).join(" · ")}</span>;
}

/** Why a client is thought to be the caller, in words; a code that this build does not know says what the server says. */
function useReason(): (reason: { code: string; detail: string }) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const names = useNames();
  return ({ code, detail }) => {
    switch (code) {
      case "number":
        return detail === "" ? t("match.reason.number") : t("match.reason.labelled", { detail: names.phoneLabel(detail) });
      case "spoke": {
        const at = Date.parse(detail) / 1000;
        return t("match.reason.spoke", { detail: Number.isNaN(at) ? detail : format.when(at) });
      }
      case "rank":
        return t("match.reason.rank", { detail: detail === "vip" || detail === "risk" ? t(`rank.${detail}`) : detail });
      case "picked":
      case "ticket":
      case "deal":
      case "task":
        return t(`match.reason.${code}`, { detail });
      default:
        return detail === "" ? code : detail;
    }
  };
}

function Known({ call, card, client, onSearch }: { call: CallView; card: Card; client: NonNullable<Card["client"]>; onSearch: () => void }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const mine = card.candidates.find((candidate) => candidate.client.id === client.id);
  const canAct = useCanAct();
  const action = useAction();
  // Found by what an operator said, now or before: that can be taken back. What the number alone tells can't.
  const picked = call.number === "" || mine?.reasons.some(({ code }) => code === "picked") === true;
  const undo = (): void => {
    void action.run(() => undoClient(call.call));
  };
  useHotkeys([{ keys: "Shift+KeyU", when: picked && canAct && !action.busy, run: undo }]);
  return (
    <>
      <div className="card-head">
        <div className="row" style={{ gap: 12 }}>
          <h2 data-testid="card-name">{client.name}</h2>
          <RankChip rank={client.rank} />
        </div>
        <ClientFacts client={client} />
        <div className="match" data-match={card.match} data-testid="card-match">
          {mine === undefined || mine.reasons.length === 0 ? <span>{t("match.known", { number: card.number.display })}</span> : <Reasons candidate={mine} />}
          <button type="button" className="link-button" onClick={onSearch} data-testid="other-client">
            {t("match.other")}
          </button>
          {picked ? (
            <button type="button" className="link-button" onClick={undo} disabled={!canAct || action.busy} data-testid="undo-client">
              {t("match.undo")} <Key of="Shift+U" />
            </button>
          ) : null}
        </div>
        <ProblemText error={action.error} />
      </div>
      {client.note === "" ? null : <p className="client-note">{client.note}</p>}
      <div className="card-grid">
        <section className="block">
          <h3>
            {t("card.history")}
            {all ? null : (
              <button type="button" className="link-button" style={{ marginLeft: "auto", fontWeight: 400 }} onClick={() => setAll(true)}>
                {t("card.allHistory")}
              </button>
            )}
          </h3>
          {all ? <ClientHistory client={client.id} /> : <HistoryList items={client.interactions} />}
        </section>
        <OpenThings client={client} />
      </div>
    </>
  );
}

function Several({ call, card, digits, onSearch }: Props & { card: Card }) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const action = useAction();
  const reason = useReason();
  const [creating, setCreating] = useState(false);
  const pick = (candidate: Candidate): void => {
    void action.run(() => pickClient(call.call, candidate.client.id));
  };
  useHotkeys(
    card.candidates.slice(0, 9).map((candidate, index) => ({ keys: `Digit${index + 1}`, when: digits && canAct && !creating, run: () => pick(candidate) })),
  );
  return (
    <>
      <div className="card-head">
        <h2 data-testid="card-name">{card.number.display}</h2>
        <div className="match" data-match="several" data-testid="card-match">
          {t("match.several", { count: card.candidates.length })}
        </div>
      </div>
      <div className="block">
        <div role="group" aria-label={t("match.pick")}>
          {card.candidates.map((candidate, index) => (
            <button key={candidate.client.id} type="button" className="candidate" data-testid={`candidate-${index + 1}`} disabled={!canAct || action.busy} onClick={() => pick(candidate)}>
              {digits && index < 9 ? <Key of={String(index + 1)} /> : <span />}
              <span className="row">
                <strong className="ellipsis" style={{ fontSize: 16 }}>
                  {candidate.client.name}
                </strong>
                <span className="muted ellipsis">{candidate.client.company}</span>
              </span>
              <RankChip rank={candidate.client.rank} />
              <span />
              <span className="muted" style={{ gridColumn: "2 / -1" }}>
                {candidate.reasons.map(reason).join(" · ")}
              </span>
              <span />
              <span className="row muted" style={{ gridColumn: "2 / -1", columnGap: 16 }}>
                <Phones client={candidate.client} />
              </span>
            </button>
          ))}
        </div>
        <ProblemText error={action.error} />
        <div className="row" style={{ marginTop: 10 }}>
          <Button variant="default" size="xs" onClick={onSearch} data-testid="other-client">
            {t("match.search")}
          </Button>
          <Button variant="default" size="xs" onClick={() => setCreating(true)} disabled={creating}>
            {t("client.new")}
          </Button>
        </div>
      </div>
      {creating ? <ClientForm call={call.call} number={card.number} /> : null}
    </>
  );
}

function Unknown({ call, card, onSearch }: { call: CallView; card: Card; onSearch: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="card-head">
        <h2 data-testid="card-name">{card.number.display === "" ? t("card.hidden") : card.number.display}</h2>
        <div className="match" data-match="unknown" data-testid="card-match">
          <span>{card.number.display === "" ? t("match.hidden") : t("match.unknown")}</span>
          {call.name === "" ? null : <span>{t("match.saysName", { name: call.name })}</span>}
          <button type="button" className="link-button" onClick={onSearch} data-testid="other-client">
            {t("match.search")}
          </button>
        </div>
      </div>
      <ClientForm call={call.call} number={card.number} suggestedName={call.name} />
    </>
  );
}
