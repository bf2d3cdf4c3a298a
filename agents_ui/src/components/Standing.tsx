import type { ReactNode } from "react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { serverNow } from "@/api/clock";
import { useEntity } from "@/api/collection";
import type { Mark, Money, Standing } from "@/api/types";
import { asLanguage } from "@/i18n";
import { useFormat } from "@/i18n/format";
import { FreeText } from "./DialNumber";

/** A callback is dialled when an agent is free: it counts as late only after this, as on the server. */
const CALLBACK_GRACE_S = 15 * 60;
const SHOWN = 3;

/** What the client is worth and what is at risk, each with its reason on hover and on focus. */
export function Marks({ standing }: { standing: Standing }) {
  const { t } = useTranslation();
  if (standing.marks.length === 0) return null;
  return (
    <span className="marks" role="group" aria-label={t("standing.marks")} data-testid="marks">
      {standing.marks.map((mark) => (
        <MarkChip key={mark.code} mark={mark} />
      ))}
    </span>
  );
}

function MarkChip({ mark }: { mark: Mark }) {
  const { t } = useTranslation();
  const format = useFormat();
  const short = useShortMoney();
  const id = useId();
  const money = mark.money.map((one) => format.money(one.amount, one.currency)).join(", ");
  const values = { count: mark.count, money, time: mark.at === null ? "" : format.when(mark.at) };
  const { code } = mark;
  const rank = code === "vip" ? "vip" : code === "at_risk" ? "risk" : null;
  const text =
    rank !== null
      ? t(`rank.${rank}`)
      : code === "won" || code === "pipeline"
        ? t(`standing.${code}`, { money: mark.money.slice(0, 1).map(short).join() + (mark.money.length > 1 ? " +" : "") })
        : code === "vip" || code === "at_risk"
          ? ""
          : t(`standing.${code}`, { count: mark.count });
  return (
    <span className="mark" data-side={mark.side} data-code={code}>
      <button
        type="button"
        className="chip"
        data-rank={rank ?? undefined}
        data-testid={rank === null ? `mark-${code}` : "card-rank"}
        aria-describedby={id}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      >
        {text}
      </button>
      <span className="tip" role="tooltip" id={id}>
        {t(`standing.${code}Why`, values)}
      </span>
    </span>
  );
}

/** 1 250 000 ₽ as 1.3 mln ₽: what a chip has room for; the reason has the whole sum. */
function useShortMoney(): (money: Money) => string {
  const { i18n } = useTranslation();
  const locale = asLanguage(i18n.language) === "ru" ? "ru-RU" : "en-GB";
  return ({ amount, currency }) => {
    try {
      return new Intl.NumberFormat(locale, { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 }).format(amount);
    } catch {
      return `${new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(amount)} ${currency}`.trim();
    }
  };
}

/** What comes next: the script's own word where the queue has one (`children`), and the most urgent thing open. */
export function NextStep({ standing, children }: { standing: Standing; children?: ReactNode }) {
  const { t } = useTranslation();
  const format = useFormat();
  const step = standing.next_step;
  const title = step === null ? "" : step.title === "" ? t("standing.callback") : step.title;
  const values = step === null ? null : { title, time: step.at === null ? "" : format.when(step.at), money: step.money === null ? "" : format.money(step.money.amount, step.money.currency) };
  return (
    <section className="block next-step" data-testid="next-step" data-code={step?.code ?? ""} aria-label={t("standing.next")}>
      <h3>{t("standing.next")}</h3>
      {children}
      {step === null || values === null ? (
        <p className="muted">{t("standing.nextNone")}</p>
      ) : (
        <>
          <p className="clamp" title={title}>
            <strong>
              <FreeText text={t(`standing.step.${step.code}`, values)} />
            </strong>
          </p>
          <p className="why">{t(`standing.why.${step.code}`, values)}</p>
        </>
      )}
    </section>
  );
}

/** What this client is waiting for, the soonest first. */
export function WaitsFor({ standing }: { standing: Standing }) {
  const { t } = useTranslation();
  const now = serverNow();
  const rest = standing.waiting.length - SHOWN;
  return (
    <section className="block" data-testid="waiting" aria-label={t("standing.waiting")}>
      <h3>
        {t("standing.waiting")}
        {rest > 0 ? <span className="muted">{t("standing.waitingMore", { count: rest })}</span> : null}
      </h3>
      {standing.waiting.length === 0 ? (
        <p className="muted">{t("standing.waitingNone")}</p>
      ) : (
        <ul>
          {standing.waiting.slice(0, SHOWN).map((one) => (
            <WaitLine key={`${one.kind} ${one.id}`} one={one} now={now} />
          ))}
        </ul>
      )}
    </section>
  );
}

function WaitLine({ one, now }: { one: Standing["waiting"][number]; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useEntity("agent", one.by)?.name ?? one.by;
  const late = one.due_at !== null && one.due_at + (one.kind === "callback" ? CALLBACK_GRACE_S : 0) < now;
  const hot = one.priority === "urgent" || one.priority === "high" ? t(`priority.${one.priority}`) : null;
  return (
    <li className="line" data-late={late ? true : undefined} title={name === null ? undefined : t("standing.by", { who: name })}>
      <span className="ellipsis">{one.kind === "callback" ? t("standing.callback") : <FreeText text={one.title} />}</span>
      {one.due_at === null ? (
        <span className="end hot">{hot}</span>
      ) : late ? (
        <span className="end hot">
          <span className="visually-hidden">{t("due.over", { time: format.when(one.due_at) })}</span>
          <span aria-hidden="true">! {format.when(one.due_at)}</span>
        </span>
      ) : (
        <span className="end">{format.when(one.due_at)}</span>
      )}
    </li>
  );
}
