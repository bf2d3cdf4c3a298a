import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useEntity } from "@/api/collection";
import { serverNow } from "@/api/clock";
import type { ClientCard, ClientSummary, Rank } from "@/api/types";
import { numbersIn } from "@/data/numbers";
import { useSite } from "@/data/session";
import { phoneNumber, useFormat } from "@/i18n/format";
import { EntryActions } from "@/panels/timeline/EntryDetail";
import { DialNumber, FreeText } from "./DialNumber";
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

const shownNumber = ({ e164, raw }: ClientSummary["phones"][number]): string => (e164 === null ? raw : phoneNumber(e164));

/** `plain`: within a button or a choice, which may hold no other. */
export function Phones({ client, plain = false }: { client: ClientSummary; plain?: boolean }) {
  const names = useNames();
  return client.phones.map((phone) => (
    <span key={phone.raw} className="nowrap" title={phone.raw}>
      {plain ? shownNumber(phone) : phone.e164 === null ? <FreeText text={phone.raw} /> : <DialNumber number={phone.e164} />}
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

/** What is open with the client: deals, tickets, tasks. What has nothing open takes one quiet line; a line opens to what
 * can be done with it. */
export function OpenThings({ client }: { client: ClientCard }) {
  const { t } = useTranslation();
  const format = useFormat();
  const names = useNames();
  const now = serverNow();
  return (
    <div data-testid="open-things">
      <Block title={t("card.deals")} count={client.deals.length}>
        {client.deals.map((deal) => (
          <OpenLine key={deal.id} title={deal.title} end={[names.dealStage(deal.stage), format.money(deal.amount, deal.currency === "" ? null : deal.currency)].filter((text) => text !== "").join(" · ")}>
            <EntryActions entry={{ kind: "deal", client: client.id, id: deal.id, stage: deal.stage }} />
          </OpenLine>
        ))}
      </Block>
      <Block title={t("card.tickets")} count={client.tickets.length}>
        {client.tickets.map((ticket) => {
          const hot = ticket.priority === "high" || ticket.priority === "urgent" ? t(`priority.${ticket.priority}`) : "";
          const complaint = ticket.kind === "complaint" ? t("ticketKind.complaint") : "";
          return (
            <OpenLine
              key={ticket.id}
              title={ticket.title}
              end={
                <>
                  {hot === "" && complaint === "" ? null : <span className="hot">{[complaint, hot].filter((text) => text !== "").join(" · ")}</span>}
                  {hot === "" && complaint === "" ? names.ticketStatus(ticket.status) : ` · ${names.ticketStatus(ticket.status)}`}
                </>
              }
            >
              <EntryActions entry={{ kind: "ticket", client: client.id, id: ticket.id, status: ticket.status }} />
            </OpenLine>
          );
        })}
      </Block>
      <Block title={t("card.tasks")} count={client.tasks.length}>
        {client.tasks.map((task) => {
          const late = task.due_at !== null && task.due_at < now;
          return (
            <OpenLine key={task.id} title={task.title} hot={late} end={task.due_at === null ? "" : late ? t("due.over", { time: format.when(task.due_at) }) : format.when(task.due_at)}>
              <EntryActions entry={{ kind: "task", client: client.id, id: task.id, done_at: null }} />
            </OpenLine>
          );
        })}
      </Block>
    </div>
  );
}

function OpenLine({ title, end, hot = false, children }: { title: string; end: ReactNode; hot?: boolean; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const region = useSite().data?.region ?? "";
  // In the line itself they can't be pressed: it is a button.
  const numbers = open && numbersIn(title, region).some(({ number }) => number !== null);
  return (
    <li>
      <button type="button" className="open-line" data-testid="open-line" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className={open ? "whole" : "ellipsis"}>{title}</span>
        <span className={hot ? "end hot" : "end"}>{end}</span>
      </button>
      {open ? (
        <div className="detail">
          {numbers ? (
            <p className="whole">
              <FreeText text={title} />
            </p>
          ) : null}
          {children}
        </div>
      ) : null}
    </li>
  );
}

/** Of a long list the first lines, so that all three kinds are seen at once. */
const FEW = 3;

function Block({ title, count, children }: { title: string; count: number; children: readonly ReactNode[] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const long = count > FEW;
  return (
    <section className="block">
      <h3>
        {title}
        <span className="muted">{count === 0 ? t("card.nothing") : count}</span>
        {long ? (
          <button type="button" className="link-button few" aria-expanded={all} aria-label={`${title}: ${all ? t("note.less") : t("note.more")}`} onClick={() => setAll(!all)}>
            {all ? t("note.less") : t("note.more")}
          </button>
        ) : null}
      </h3>
      {count === 0 ? null : <ul>{long && !all ? children.slice(0, FEW - 1) : children}</ul>}
    </section>
  );
}
