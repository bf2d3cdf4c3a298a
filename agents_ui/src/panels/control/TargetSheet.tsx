import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCollection } from "@/api/collection";
import { useSession } from "@/data/session";
import { Icon } from "@/components/Icon";
import { Sheet } from "@/components/Sheet";
import type { Target } from "@/data/control";
import { phoneNumber } from "@/i18n/format";

type Choice = { readonly id: string; readonly target: Target; readonly name: string; readonly fact: string; readonly possible: boolean; /** Of a colleague. */ readonly state?: string };
type Props = { kind: "transfer" | "consult"; onPick: (target: Target) => void; onClose: () => void };

const MOST = 12;
const NUMBER = /^[+\d][\d\s()\-–.]{2,}$/;

/** Whom the caller is handed to, or who is asked. Typing narrows, arrows move, Enter picks; a number is a choice, too. */
export function TargetSheet({ kind, onPick, onClose }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const choices = useChoices(kind, text);
  const shown = Math.min(at, choices.length - 1);
  const chosen = choices[shown];
  return (
    <Sheet title={t(`control.target.${kind}`)} onClose={onClose} place="top" testId="target-sheet">
      <TextInput
        data-testid="target"
        aria-label={t(`control.target.${kind}`)}
        placeholder={kind === "transfer" ? t("control.target.placeholder") : t("control.target.placeholderConsult")}
        size="md"
        value={text}
        data-autofocus
        autoComplete="off"
        role="combobox"
        aria-expanded={choices.length > 0}
        aria-controls="targets"
        aria-activedescendant={chosen === undefined ? undefined : `target-${chosen.id}`}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(shown + 1, choices.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(shown - 1, 0));
          else if (event.key === "Enter" && chosen?.possible === true) onPick(chosen.target);
          else return;
          event.preventDefault();
        }}
      />
      <div style={{ marginTop: 12, minHeight: 180 }}>
        {choices.length === 0 ? (
          <p className="empty" role="status">
            {text.trim() === "" ? t("control.target.none") : t("control.target.nothing")}
          </p>
        ) : (
          <div id="targets" role="listbox" aria-label={t("control.target.results")}>
            {choices.map((choice, index) => (
              <div
                key={choice.id}
                id={`target-${choice.id}`}
                role="option"
                className="candidate"
                aria-selected={index === shown}
                aria-disabled={!choice.possible}
                data-testid="target-choice"
                data-target={choice.id}
                onMouseMove={() => setAt(index)}
                onClick={() => {
                  if (choice.possible) onPick(choice.target);
                }}
              >
                <span className="candidate-sign">{choice.state === undefined ? <Icon name={"number" in choice.target ? "phone" : "queue"} size={14} /> : <span className="dot" data-state={choice.state} />}</span>
                <strong className={choice.possible ? "ellipsis" : "ellipsis muted"}>{choice.name}</strong>
                <span className="muted">{choice.fact}</span>
              </div>
            ))}
          </div>
        )}
      </div>
    </Sheet>
  );
}

function useChoices(kind: "transfer" | "consult", text: string): readonly Choice[] {
  const { t } = useTranslation();
  const me = useSession().data?.login;
  const colleagues = useCollection("colleague");
  const queues = useCollection("queue");
  const asked = text.trim().toLocaleLowerCase();
  const like = (...words: readonly string[]): boolean => words.some((word) => word.toLocaleLowerCase().includes(asked));
  const people = colleagues
    .filter((one) => one.agent !== me && one.state !== "offline" && like(one.name, one.agent))
    .map((one): Choice => {
      const possible = one.state === "ready" || one.state === "paused";
      return { id: `agent-${one.agent}`, target: { to: one.agent }, name: one.name, state: one.state, fact: possible ? t(`state.${one.state}`) : `${t(`state.${one.state}`)}, ${t("control.target.busy")}`, possible };
    })
    .sort((one, other) => Number(other.possible) - Number(one.possible));
  const lines = kind === "consult" ? [] : queues.filter((one) => like(one.name, one.queue)).map((one): Choice => ({ id: `queue-${one.queue}`, target: { queue: one.queue }, name: one.name, fact: t("control.target.waiting", { count: one.waiting, ready: one.agents_ready }), possible: true }));
  const number: Choice[] = NUMBER.test(text.trim()) ? [{ id: "number", target: { number: text.trim() }, name: phoneNumber(text.trim()), fact: t("control.target.number"), possible: true }] : [];
  return [...number, ...people, ...lines].slice(0, MOST);
}
