import { useTranslation } from "react-i18next";
import type { CallView, Candidate, Card } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { Button } from "@/components/Button";
import { Phones, RankChip } from "@/components/ClientParts";
import { Key } from "@/components/Key";
import { useReason } from "@/components/matchReason";
import { ProblemText } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { pickClient } from "@/data/calls";

/** Clients with this number, likeliest first; a digit picks. `current` is who is on the card. */
export function CandidateList({ candidates, digits, current = null, busy, onPick }: { candidates: readonly Candidate[]; digits: boolean; current?: number | null; busy: boolean; onPick: (client: number) => void }) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const reason = useReason();
  return (
    <div role="group" aria-label={t("match.pick")}>
      {candidates.map((candidate, index) => (
        <button
          key={candidate.client.id}
          type="button"
          className="candidate"
          data-testid={`candidate-${index + 1}`}
          aria-current={candidate.client.id === current ? true : undefined}
          disabled={!canAct || busy || candidate.client.id === current}
          onClick={() => onPick(candidate.client.id)}
        >
          {digits && index < 9 ? <Key of={String(index + 1)} /> : <span />}
          <span className="row">
            <strong className="ellipsis candidate-name">{candidate.client.name}</strong>
            <span className="muted ellipsis">{candidate.client.company}</span>
            {candidate.client.id === current ? <span className="chip">{t("correction.current")}</span> : null}
          </span>
          <RankChip rank={candidate.client.rank} />
          <span />
          <span className="muted candidate-line">{candidate.reasons.map(reason).join(" · ")}</span>
          <span />
          <span className="row muted candidate-line candidate-phones">
            <Phones client={candidate.client} plain />
          </span>
        </button>
      ))}
    </div>
  );
}

/** Over the card of a known client: who else it may be. Digits pick, / searches everyone. */
export function CandidatesSheet({ call, card, onSearch, onClose }: { call: CallView; card: Card; onSearch: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction();
  const canAct = useCanAct();
  const current = card.client?.id ?? null;
  const pick = (client: number): void => {
    void action.run(() => pickClient(call.call, client)).then((good) => (good ? onClose() : undefined));
  };
  const search = (): void => {
    onClose();
    onSearch();
  };
  const alone = card.candidates.every((candidate) => candidate.client.id === current);
  return (
    <Sheet title={t("correction.title")} onClose={onClose} place="top" testId="candidates-sheet">
      <div
        onKeyDown={(event) => {
          const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
          const chosen = digit === undefined || event.altKey || event.ctrlKey ? undefined : card.candidates[Number(digit) - 1];
          if (event.code === "Slash") search();
          else if (chosen !== undefined && chosen.client.id !== current && canAct && !action.busy) pick(chosen.client.id);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        {alone ? <p className="muted candidate-alone">{t("correction.only")}</p> : null}
        <CandidateList candidates={card.candidates} digits current={current} busy={action.busy} onPick={pick} />
        <ProblemText error={action.error} />
        <div className="row create-foot">
          <Button variant="default" size="xs" onClick={search} rightSection={<Key of="/" />} data-autofocus data-testid="search-instead">
            {t("match.search")}
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
