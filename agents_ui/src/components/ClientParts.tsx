import { useTranslation } from "react-i18next";
import { useEntity } from "@/api/collection";
import { serverNow } from "@/api/clock";
import type { ClientCard, ClientSummary, Rank } from "@/api/types";
import { phoneNumber, useFormat } from "@/i18n/format";
import { useNames } from "./names";

export function RankChip({ rank }: { rank: Rank }) {
  const { t } = useTranslation();
  if (rank === "regular") return null;
  return (
    <span className="chip" data-rank={rank} data-testid="card-rank">
      {t(`rank.${rank}`)}
    </span>
  );
}

export function Phones({ client }: { client: ClientSummary }) {
  const names = useNames();
  return client.phones.map((phone) => (
    <span key={phone.raw} className="nowrap" title={phone.raw}>
      {phone.e164 === null ? phone.raw : phoneNumber(phone.e164)}
      {phone.label === "" ? null : <span className="muted">{` ${names.phoneLabel(phone.label)}`}</span>}
    </span>
  ));
}

export function ClientFacts({ client }: { client: ClientCard }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="card-facts">
      {client.company === "" ? null : <strong>{client.company}</strong>}
      <Phones client={client} />
      {client.email === "" ? null : <span>{client.email}</span>}
      {client.owner === null ? null : <Owner login={client.owner} />}
      <span className="muted">{t("card.since", { date: format.date(client.since) })}</span>
    </div>
  );
}

function Owner({ login }: { login: string }) {
  const { t } = useTranslation();
  const name = useEntity("agent", login)?.name ?? login;
  return <span data-testid="card-owner">{t("card.owner", { name })}</span>;
}

/** What is open with the client: deals, tickets, tasks. What has nothing open takes one quiet line. */
export function OpenThings({ client }: { client: ClientCard }) {
  const { t } = useTranslation();
  const format = useFormat();
  const names = useNames();
  const now = serverNow();
  return (
    <div>
      <Block title={t("card.deals")} count={client.deals.length}>
        {client.deals.map((deal) => (
          <li key={deal.id} className="line">
            <span className="ellipsis">{deal.title}</span>
            <span className="end">{[names.dealStage(deal.stage), format.money(deal.amount, deal.currency === "" ? null : deal.currency)].filter((text) => text !== "").join(" · ")}</span>
          </li>
        ))}
      </Block>
      <Block title={t("card.tickets")} count={client.tickets.length}>
        {client.tickets.map((ticket) => (
          <li key={ticket.id} className="line">
            <span className="ellipsis">{ticket.title}</span>
            <span className="end">
              {ticket.priority === "high" || ticket.priority === "urgent" ? <span className="hot">{t(`priority.${ticket.priority}`)}</span> : null}
              {ticket.priority === "high" || ticket.priority === "urgent" ? ` · ${names.ticketStatus(ticket.status)}` : names.ticketStatus(ticket.status)}
            </span>
          </li>
        ))}
      </Block>
      <Block title={t("card.tasks")} count={client.tasks.length}>
        {client.tasks.map((task) => (
          <li key={task.id} className="line">
            <span className="ellipsis">{task.title}</span>
            {task.due_at === null ? null : <span className={task.due_at < now ? "end hot" : "end"}>{task.due_at < now ? t("due.over", { time: format.when(task.due_at) }) : format.when(task.due_at)}</span>}
          </li>
        ))}
      </Block>
    </div>
  );
}

function Block({ title, count, children }: { title: string; count: number; children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <section className="block">
      <h3>
        {title}
        <span className="muted">{count === 0 ? t("card.nothing") : count}</span>
      </h3>
      {count === 0 ? null : <ul>{children}</ul>}
    </section>
  );
}
