import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useClientCard, useClientHistory } from "@/data/clients";
import { ClientFacts, OpenThings, RankChip } from "@/components/ClientParts";
import { HistoryList } from "@/components/History";
import { Icon } from "@/components/Icon";
import { Key } from "@/components/Key";
import { useHotkeys } from "@/components/hotkeys";
import { Failed, Skeletons } from "@/components/Problem";

/** The whole history of a client, page by page. */
export function ClientHistory({ client, open = null }: { client: number; open?: string | null }) {
  const { t } = useTranslation();
  const history = useClientHistory(client);
  if (history.error !== null) return <Failed error={history.error} retry={() => void history.refetch()} />;
  if (history.data === undefined) return <Skeletons rows={4} />;
  return (
    <>
      <HistoryList items={history.data.pages.flatMap((page) => page.items)} open={open} />
      {history.hasNextPage ? (
        <Button size="xs" variant="default" mt={8} loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {t("history.more")}
        </Button>
      ) : null}
    </>
  );
}

type Props = { client: number; call?: string | null; onBack: () => void; link?: { text: string; busy: boolean; run: () => void } | null };

export function ClientView({ client, call = null, onBack, link = null }: Props) {
  const { t } = useTranslation();
  const card = useClientCard(client);
  useHotkeys([{ keys: "Escape", run: onBack }]);
  const back = (
    <button type="button" className="icon-button" onClick={onBack} aria-label={t("common.back")} data-testid="back">
      <Icon name="back" />
    </button>
  );
  return (
    <section className="panel scroll" data-testid="client-view" aria-label={t("client.title")}>
      <div className="panel-head">
        {back}
        <span className="grow muted">{t("client.title")}</span>
        {link === null ? null : (
          <Button size="xs" loading={link.busy} onClick={link.run} data-testid="link-client">
            {link.text}
          </Button>
        )}
        <Key of="Esc" />
      </div>
      {card.error !== null ? (
        <Failed error={card.error} retry={() => void card.refetch()} />
      ) : card.data === undefined ? (
        <Skeletons rows={6} />
      ) : (
        <>
          <div className="card-head">
            <div className="row" style={{ gap: 12 }}>
              <h2>{card.data.name}</h2>
              <RankChip rank={card.data.rank} />
            </div>
            <ClientFacts client={card.data} />
          </div>
          {card.data.note === "" ? null : <p className="client-note">{card.data.note}</p>}
          <div className="card-grid">
            <section className="block">
              <h3>{t("card.allHistory")}</h3>
              <ClientHistory client={client} open={call} />
            </section>
            <OpenThings client={card.data} />
          </div>
        </>
      )}
    </section>
  );
}
