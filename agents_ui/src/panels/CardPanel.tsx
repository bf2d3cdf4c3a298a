import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { CallView, Candidate, Card, ClientCard } from "@/api/types";
import { useAction, useCanAct, type Action } from "@/components/action";
import { Button } from "@/components/Button";
import { ClientFacts, RankChip } from "@/components/ClientParts";
import { useHotkeys } from "@/components/hotkeys";
import { Icon } from "@/components/Icon";
import { Key } from "@/components/Key";
import { useReason } from "@/components/matchReason";
import { ProblemText, Skeletons } from "@/components/Problem";
import { Marks } from "@/components/Standing";
import { pickClient, undoClient } from "@/data/calls";
import { phoneNumber } from "@/i18n/format";
import { CandidateList, CandidatesSheet } from "./Candidates";
import { ClientBody } from "./ClientBody";
import { ClientForm } from "./ClientForm";

type Props = { call: CallView; card: Card | undefined; paint: string; whole: boolean; digits: boolean; waits: boolean; onSearch: () => void; /** What the script says next. */ suggested: ReactNode };

/** Who calls. Laid out so that at 1366x768 the name, the reason of the match, what the client waits for, the last
 * contacts and all that is open are seen without scrolling. `digits`: plain digits pick a candidate; `waits`: the card is
 * still to come. Who calls and what matters is painted first, for the phone waits for that: `paint` names it
 * for `whenPainted`. `whole`: the rest as well. */
export function CardPanel({ call, card, paint, whole, digits, waits, onSearch, suggested }: Props) {
  if (card === undefined) return <CardLoading call={call} waits={waits} />;
  return <Loaded call={call} card={card} paint={paint} whole={whole} digits={digits} onSearch={onSearch} suggested={suggested} />;
}

function CardLoading({ call, waits }: { call: CallView; waits: boolean }) {
  return (
    <section className="panel" aria-busy={waits} data-testid="card-loading">
      <div className="card-head">
        <h2>{call.name === "" ? phoneNumber(call.number) : call.name}</h2>
      </div>
      {waits ? <Skeletons rows={5} /> : null}
    </section>
  );
}

function Loaded({ call, card, paint, whole, digits, onSearch, suggested }: Omit<Props, "waits"> & { card: Card }) {
  const canAct = useCanAct();
  const action = useAction();
  const { change, forget } = useCorrection(card.client);
  const mine = card.candidates.find((candidate) => candidate.client.id === card.client?.id);
  // Found by what an operator said, now or before: that can be taken back. What the number alone tells can't.
  const picked = card.client !== null && (card.number.display === "" || mine?.reasons.some(({ code }) => code === "picked") === true);
  const undo = (): void => {
    void action.run(() => undoClient(call.call));
  };
  const redo = picked ? null : (change?.from ?? null);
  const putBack = (): void => {
    if (redo !== null) void action.run(() => pickClient(call.call, redo.id));
  };
  useHotkeys([{ keys: "Shift+KeyU", when: canAct && !action.busy && (picked || redo !== null), run: picked ? undo : putBack }]);
  return (
    <section className="panel card-panel" data-testid="card" data-match={card.match} data-call={call.call}>
      {change === null ? null : <Corrected change={change} picked={picked} action={action} onUndo={undo} onRedo={redo === null ? null : putBack} onClose={forget} />}
      {card.client !== null ? (
        <Known call={call} card={card} paint={paint} whole={whole} client={card.client} mine={mine} undo={picked ? undo : null} action={action} onSearch={onSearch} suggested={suggested} />
      ) : card.candidates.length > 0 ? (
        <Several call={call} card={card} paint={paint} digits={digits} onSearch={onSearch} />
      ) : (
        <Unknown call={call} card={card} paint={paint} onSearch={onSearch} />
      )}
    </section>
  );
}

type Who = { readonly id: number; readonly name: string };
type Change = { readonly from: Who | null; readonly to: Who | null };

/** Who was on the card before and who is now, once that changed while the card was open: whoever corrected it. */
function useCorrection(client: ClientCard | null): { change: Change | null; forget: () => void } {
  const now: Who | null = client === null ? null : { id: client.id, name: client.name };
  const [seen, setSeen] = useState<Who | null>(now);
  const [change, setChange] = useState<Change | null>(null);
  if (seen?.id !== now?.id) {
    setSeen(now);
    setChange({ from: seen, to: now });
  }
  return { change, forget: () => setChange(null) };
}

/** One line that tells what was corrected or taken back, with the way to undo that. */
function Corrected({ change, picked, action, onUndo, onRedo, onClose }: { change: Change; picked: boolean; action: Action; onUndo: () => void; onRedo: (() => void) | null; onClose: () => void }) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const from = change.from?.name ?? "";
  const to = change.to?.name ?? "";
  return (
    <div className="corrected" role="status" data-testid="corrected">
      <span>{change.to === null ? t("correction.undone", { from }) : change.from === null ? t("correction.picked", { to }) : t("correction.replaced", { from, to })}</span>
      {picked ? (
        <button type="button" className="link-button" onClick={onUndo} disabled={!canAct || action.busy} data-testid="undo-correction">
          {t("correction.undo")}
            <Key of="Shift+U" />
        </button>
      ) : onRedo !== null ? (
        <button type="button" className="link-button" onClick={onRedo} disabled={!canAct || action.busy} data-testid="redo-correction">
          {t("correction.redo", { from })}
            <Key of="Shift+U" />
        </button>
      ) : null}
      <button type="button" className="icon-button small corrected-close" aria-label={t("common.close")} onClick={onClose}>
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}

type KnownProps = { call: CallView; card: Card; paint: string; whole: boolean; client: ClientCard; mine: Candidate | undefined; undo: (() => void) | null; action: Action; onSearch: () => void; suggested: ReactNode };

function Known({ call, card, paint, whole, client, mine, undo, action, onSearch, suggested }: KnownProps) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const reason = useReason();
  const [choosing, setChoosing] = useState(false);
  const other = card.candidates.find((candidate) => candidate.client.id !== client.id);
  const next = (): void => {
    if (other === undefined) setChoosing(true);
    else void action.run(() => pickClient(call.call, other.client.id));
  };
  useHotkeys([
    { keys: "KeyI", when: canAct, run: () => setChoosing(true) },
    { keys: "Shift+KeyI", when: canAct && !action.busy, run: next },
  ]);
  const why = mine === undefined || mine.reasons.length === 0 ? t("match.known", { number: card.number.display }) : mine.reasons.map(reason).join(" · ");
  return (
    <>
      <div className="card-head">
        <div className="row">
          <h2 data-testid="card-name" elementtiming={paint}>{client.name}</h2>
          {client.rank === "new" ? <RankChip rank={client.rank} /> : null}
          <Marks standing={client.standing} />
        </div>
        <ClientFacts client={client} />
        <div className="match one-line" data-match={card.match} data-testid="card-match">
          <span title={why}>{why}</span>
          <button type="button" className="link-button" onClick={() => setChoosing(true)} disabled={!canAct} data-testid="other-client">
            {card.candidates.length > 1 ? t("correction.candidates") : t("match.other")}
            <Key of="I" />
          </button>
          {undo === null ? null : (
            <button type="button" className="link-button" onClick={undo} disabled={!canAct || action.busy} data-testid="undo-client">
              {t("match.undo")}
            <Key of="Shift+U" />
            </button>
          )}
        </div>
        <ProblemText error={action.error} />
      </div>
      <ClientBody key={client.id} client={client} call={call.call} whole={whole} script={suggested} />
      {choosing ? <CandidatesSheet call={call} card={card} onSearch={onSearch} onClose={() => setChoosing(false)} /> : null}
    </>
  );
}

function Several({ call, card, paint, digits, onSearch }: Omit<Props, "waits" | "whole" | "suggested"> & { card: Card }) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const action = useAction();
  const [creating, setCreating] = useState(false);
  const pick = (client: number): void => {
    void action.run(() => pickClient(call.call, client));
  };
  useHotkeys(
    card.candidates.slice(0, 9).map((candidate, index) => ({ keys: `Digit${index + 1}`, when: digits && canAct && !creating && !action.busy, run: () => pick(candidate.client.id) })),
  );
  return (
    <>
      <div className="card-head">
        <h2 data-testid="card-name" elementtiming={paint}>{card.number.display === "" ? t("card.hidden") : card.number.display}</h2>
        <div className="match" data-match="several" data-testid="card-match">
          {t("match.several", { count: card.candidates.length })}
        </div>
      </div>
      <div className="block">
        <CandidateList candidates={card.candidates} digits={digits} busy={action.busy} onPick={pick} />
        <ProblemText error={action.error} />
        <div className="row create-foot">
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

function Unknown({ call, card, paint, onSearch }: { call: CallView; card: Card; paint: string; onSearch: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="card-head">
        <h2 data-testid="card-name" elementtiming={paint}>{card.number.display === "" ? t("card.hidden") : card.number.display}</h2>
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
