import { TextInput } from "@mantine/core";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ClientSummary } from "@/api/types";
import { Phones, RankChip } from "@/components/ClientParts";
import { Failed, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { useClientSearch } from "@/data/clients";

/** Find a client by a name or a number in any form; arrows move, Enter opens. */
export function SearchSheet({ onPick, onClose }: { onPick: (client: ClientSummary) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const asked = useDeferredValue(text);
  const search = useClientSearch(asked);
  const items = asked.trim().length < 2 ? [] : (search.data?.items ?? []);
  const chosen = items[Math.min(at, items.length - 1)];
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
        aria-expanded={items.length > 0}
        aria-controls="search-results"
        aria-activedescendant={chosen === undefined ? undefined : `client-${chosen.id}`}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt((index) => Math.min(index + 1, Math.max(0, items.length - 1)));
          else if (event.key === "ArrowUp") setAt((index) => Math.max(index - 1, 0));
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
        ) : items.length === 0 ? (
          <p className="empty">{t("search.nothing", { text: asked.trim() })}</p>
        ) : (
          <div id="search-results" role="listbox" aria-label={t("search.results")}>
            {items.map((client, index) => (
              <div
                key={client.id}
                id={`client-${client.id}`}
                role="option"
                className="candidate"
                aria-selected={index === Math.min(at, items.length - 1)}
                data-testid="search-result"
                onMouseMove={() => setAt(index)}
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
                  <Phones client={client} />
                </span>
              </div>
            ))}
          </div>
        )}
      </div>
    </Sheet>
  );
}
