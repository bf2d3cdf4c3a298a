import { useTranslation } from "react-i18next";
import type { Interaction, Me, PastIntercom } from "@/api/types";
import { useEntity } from "@/api/collection";
import { useAction } from "@/components/action";
import { DialNumber, FreeText, useMayDial } from "@/components/DialNumber";
import { CallDetail, Outcome } from "@/components/History";
import { useHotkeys } from "@/components/hotkeys";
import { Icon } from "@/components/Icon";
import { Key } from "@/components/Key";
import { useNames } from "@/components/names";
import { Failed, ProblemText, Skeletons } from "@/components/Problem";
import { useRecentCalls } from "@/data/calls";
import { callColleague, isMissed, otherIn, usePastIntercoms } from "@/data/intercom";
import { duration, useFormat } from "@/i18n/format";

type Props = { me: Me; opened: Interaction | null; onOpen: (call: Interaction | null) => void };

/** The agent's last calls, those of clients and internal ones in one list by time. */
export function Recent({ me, opened, onOpen }: Props) {
  const { t } = useTranslation();
  const recent = useRecentCalls(me.login);
  const internal = usePastIntercoms(me.login);
  const loading = recent.data === undefined || (internal.data === undefined && internal.error === null);
  return (
    <section className="panel scroll grow" style={{ flex: 1 }} data-testid="recent-list">
      <header>
        <h2>{t("recent.title")}</h2>
      </header>
      {recent.error !== null ? (
        <Failed error={recent.error} retry={() => void recent.refetch()} />
      ) : loading ? (
        <Skeletons rows={5} />
      ) : (
        <>
          {internal.error === null ? null : (
            <p className="row internal-failed" role="alert">
              <span className="error-text">{t("control.internal.failed")}</span>
              <button type="button" className="link-button" onClick={() => void internal.refetch()}>
                {t("common.retry")}
              </button>
            </p>
          )}
          <Rows me={me} calls={recent.data.items} internal={internal.data?.items ?? []} opened={opened} onOpen={onOpen} />
        </>
      )}
    </section>
  );
}

function Rows({ me, calls, internal, opened, onOpen }: Props & { calls: readonly Interaction[]; internal: readonly PastIntercom[] }) {
  const { t } = useTranslation();
  const names = useNames();
  const format = useFormat();
  if (calls.length === 0 && internal.length === 0) return <p className="empty">{t("recent.none")}</p>;
  const rows = [
    ...calls.map((item) => ({
      at: item.started_at,
      row: <CallRow key={item.call} item={item} open={opened?.call === item.call} onOpen={onOpen} queue={names.queue(item.queue)} disposition={names.disposition(item.disposition)} when={format.when(item.started_at)} />,
    })),
    ...internal.map((item, index) => ({
      at: item.started_at,
      row: <InternalRow key={`internal ${item.id}`} item={item} me={me.login} newest={index === 0} when={format.when(item.started_at)} />,
    })),
  ].sort((one, other) => other.at - one.at);
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t("recent.time")}</th>
          <th>{t("recent.number")}</th>
          <th>{t("call.queue")}</th>
          <th>{t("recent.outcome")}</th>
          <th>{t("recent.disposition")}</th>
          <th>{t("recent.note")}</th>
          <th className="right">{t("call.talked")}</th>
        </tr>
      </thead>
      <tbody>{rows.map(({ row }) => row)}</tbody>
    </table>
  );
}

type RowProps = { item: Interaction; open: boolean; onOpen: (call: Interaction | null) => void; queue: string; disposition: string; when: string };

function CallRow({ item, open, onOpen, queue, disposition, when }: RowProps) {
  const toggle = (): void => onOpen(open ? null : item);
  return (
    <>
      <tr data-testid="recent-row" data-call={item.call} data-open data-on={open} onClick={toggle}>
        <td className="nowrap num">
          <button
            type="button"
            className="link-button"
            aria-expanded={open}
            onClick={(event) => {
              event.stopPropagation();
              toggle();
            }}
          >
            {when}
          </button>
        </td>
        <td className="nowrap">
          <DialNumber number={item.number} />
        </td>
        <td>{queue}</td>
        <td className="nowrap">
          <Outcome interaction={item} />
        </td>
        <td>{disposition}</td>
        <td className="ellipsis muted" style={{ maxWidth: 340 }} title={item.note}>
          {item.note === "" ? null : <FreeText text={item.note} />}
        </td>
        <td className="right num">{item.talked > 0 ? duration(item.talked) : ""}</td>
      </tr>
      {open && item.client === null ? (
        <tr>
          <td colSpan={7}>
            <CallDetail call={item.call} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

const COLOUR = { answered: "var(--ready)", declined: "var(--paused)", no_answer: "var(--paused)", cancelled: "var(--ink-2)", unreachable: "var(--paused)", unknown: "var(--ink-3)", missed: "var(--danger)", running: "var(--internal)" } as const;

/** `newest`: of the internal calls; its colleague has the key. */
function InternalRow({ item, me, newest, when }: { item: PastIntercom; me: string; newest: boolean; when: string }) {
  const { t } = useTranslation();
  const outgoing = item.by === me;
  const outcome = isMissed(item, me) ? "missed" : (item.outcome ?? "running");
  return (
    <tr data-testid="internal-row" data-intercom={item.id} data-outcome={outcome}>
      <td className="nowrap num">{when}</td>
      <td className="nowrap">
        <CallBack login={otherIn(item, me)} name={(outgoing ? item.to_name : item.by_name) ?? otherIn(item, me)} keyed={newest} />
      </td>
      <td>{outgoing ? t("control.internal.outgoing") : t("control.internal.incoming")}</td>
      <td className="nowrap" style={{ color: COLOUR[outcome] }}>
        {outcome === "missed" ? <strong>{t("control.internal.outcome.missed")}</strong> : t(`control.internal.outcome.${outcome}`)}
      </td>
      <td />
      <td />
      <td className="right num">{item.talked > 0 ? duration(item.talked) : ""}</td>
    </tr>
  );
}

/** The colleague's name: a button while both may speak, a text otherwise. */
function CallBack({ login, name, keyed }: { login: string; name: string; keyed: boolean }) {
  const { t } = useTranslation();
  const may = useMayDial();
  const state = useEntity("colleague", login)?.state;
  const work = useAction();
  const free = may && !work.busy && (state === "ready" || state === "paused");
  const call = (): void => void work.run(() => callColleague(login));
  const words = t("control.internal.callBack", { who: name });
  useHotkeys(keyed ? [{ keys: "KeyB", when: free, run: call, label: words }] : []);
  if (!free && work.error === null) return name;
  return (
    <>
      <button type="button" className="link-button dial nowrap" disabled={!free} aria-label={words} title={words} onClick={call} data-testid={`call-back-${login}`}>
        <Icon name="phone" size={12} />
        {name}
      </button>
      {keyed ? <Key of="B" /> : null}
      <ProblemText error={work.error} inline />
    </>
  );
}
