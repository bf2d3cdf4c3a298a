import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { useClientCard } from "@/data/clients";
import { ClientFacts, RankChip } from "@/components/ClientParts";
import { Icon } from "@/components/Icon";
import { Key } from "@/components/Key";
import { useHotkeys } from "@/components/hotkeys";
import { Failed, Skeletons } from "@/components/Problem";
import { Marks } from "@/components/Standing";
import { ClientBody } from "./ClientBody";

/** `call` is a past call to show opened, `desk` the one on the desk: what is made here is linked to it. */
type Props = { client: number; call?: string | null; desk?: string | null; onBack: () => void; link?: { text: string; busy: boolean; run: () => void } | null };

export function ClientView({ client, call = null, desk = null, onBack, link = null }: Props) {
  const { t } = useTranslation();
  const card = useClientCard(client);
  useHotkeys([{ keys: "Escape", run: onBack }]);
  const back = (
    <button type="button" className="icon-button" onClick={onBack} aria-label={t("common.back")} data-testid="back">
      <Icon name="back" />
    </button>
  );
  return (
    <section className="panel card-panel" data-testid="client-view" aria-label={t("client.title")}>
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
            <div className="row">
              <h2>{card.data.name}</h2>
              {card.data.rank === "new" ? <RankChip rank={card.data.rank} /> : null}
              <Marks standing={card.data.standing} />
            </div>
            <ClientFacts client={card.data} />
          </div>
          <ClientBody client={card.data} call={desk} open={call} />
        </>
      )}
    </section>
  );
}
