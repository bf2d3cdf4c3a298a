import { TextInput } from "@mantine/core";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClientSummary } from "@/api/types";
import { useAction } from "@/components/action";
import { Phones, RankChip } from "@/components/ClientParts";
import { useMayDial } from "@/components/DialNumber";
import { Icon } from "@/components/Icon";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { useDiallingHours } from "@/data/callbacks";
import { useClientSearch } from "@/data/clients";
import { dialClient } from "@/data/control";
import { typedNumber } from "@/data/numbers";
import { phoneNumber } from "@/i18n/format";

/** Find a client by a name or a number in any form; arrows move, Enter opens. What is typed and is a number may be
 * called as well: the last choice, and the only one where nobody is known by it. */
export function SearchSheet({ onPick, onClose }: { onPick: (client: ClientSummary) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const asked = useDeferredValue(text);
  const search = useClientSearch(asked);
  const items = asked.trim().length < 2 ? [] : (search.data?.items ?? []);
  const dial = useTyped(asked);
  const calling = useAction();
  // Before the answer is here, Enter might call whom it would open.
  const toDial = search.data !== undefined && !search.isPlaceholderData && asked === text ? dial : null;
  const choices = items.length + (toDial === null ? 0 : 1);
  const index = Math.min(at, choices - 1);
  const chosen = items[index];
  const onDial = toDial !== null && index === items.length;
  const call = (number: string): void => {
    if (!calling.busy) void calling.run(() => dialClient(number)).then((good) => (good ? onClose() : undefined));
  };
  return (
    <Sheet title={t("search.title")} onClose={onClose} place="top" testId="search-sheet">
      <TextInput
        data-testid="client-search"
        aria-label={t("search.title")}
        placeholder={t("search.placeholder")}
        size="md"
        value={text}
        data-autofocus
        autoComplete="off"
        role="combobox"
        aria-expanded={choices > 0}
        aria-controls="search-results"
        aria-activedescendant={onDial ? "dial-typed" : chosen === undefined ? undefined : `client-${chosen.id}`}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
          calling.forget();
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(index + 1, Math.max(0, choices - 1)));
          else if (event.key === "ArrowUp") setAt(Math.max(index - 1, 0));
          else if (event.key === "Enter" && onDial) call(toDial);
          else if (event.key === "Enter" && chosen !== undefined) onPick(chosen);
          else return;
          event.preventDefault();
        }}
      />
      <div style={{ marginTop: 12, minHeight: 180 }} aria-live="polite">
        {search.error !== null ? (
          <Failed error={search.error} retry={() => void search.refetch()} />
        ) : asked.trim().length < 2 ? (
          <p className="empty">{t("search.hint")}</p>
        ) : search.data === undefined ? (
          <Skeletons rows={3} />
        ) : choices === 0 ? (
          <p className="empty">{t("search.nothing", { text: asked.trim() })}</p>
        ) : (
          <div id="search-results" role="listbox" aria-label={t("search.results")}>
            {items.map((client, place) => (
              <div
                key={client.id}
                id={`client-${client.id}`}
                role="option"
                className="candidate"
                aria-selected={place === index}
                data-testid="search-result"
                onMouseMove={() => setAt(place)}
                onClick={() => onPick(client)}
              >
                <span />
                <span className="row">
                  <strong className="ellipsis">{client.name}</strong>
                  <span className="muted ellipsis">{client.company}</span>
                </span>
                <RankChip rank={client.rank} />
                <span />
                <span className="row muted" style={{ gridColumn: "2 / -1", columnGap: 16 }}>
                  <Phones client={client} plain />
                </span>
              </div>
            ))}
            {toDial === null ? null : (
              <div id="dial-typed" role="option" className="candidate dial-typed" aria-selected={onDial} data-testid="dial-typed" onMouseMove={() => setAt(items.length)} onClick={() => call(toDial)}>
                <Icon name="phone" size={14} />
                <strong>{t("search.dial", { number: phoneNumber(toDial) })}</strong>
                <span className="muted">{items.length === 0 ? t("search.unknown") : ""}</span>
              </div>
            )}
          </div>
        )}
        <ProblemText error={calling.error} />
      </div>
    </Sheet>
  );
}

/** The number that is typed, as the server reads it; null while none may be called, and for what is none. */
function useTyped(text: string): string | null {
  const may = useMayDial();
  const typed = may ? typedNumber(text) : null;
  const { data, isPlaceholderData } = useDiallingHours(typed ?? "", null);
  return typed === null || data === undefined || isPlaceholderData ? null : data.number;
}
