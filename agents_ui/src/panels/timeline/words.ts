import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useCollection } from "@/api/collection";
import type { TimelineEntry } from "@/api/types";
import { useNames } from "@/components/names";
import { useFormat } from "@/i18n/format";

export type EntryWords = {
  /** What an entry says in one line. */
  title: (entry: TimelineEntry) => string;
  /** What stands at its end: the state, the sum, the time it is due. */
  end: (entry: TimelineEntry) => string;
  /** All that can be searched. */
  all: (entry: TimelineEntry) => string;
  /** The name of who is here, else the login. */
  who: (login: string | null) => string;
};

export function useEntryWords(): EntryWords {
  const { t } = useTranslation();
  const names = useNames();
  const format = useFormat();
  const agents = useCollection("agent");
  return useMemo(() => {
    const people = new Map(agents.map((agent) => [agent.agent, agent.name]));
    const who = (login: string | null): string => (login === null ? "" : (people.get(login) ?? login));
    const title = (entry: TimelineEntry): string => {
      if (entry.kind === "note") return entry.text;
      if (entry.kind !== "call") return entry.title;
      const { disposition, outcome } = entry.interaction;
      if (disposition !== null && disposition !== "") return names.disposition(disposition);
      return outcome === null ? t("outcome.running") : t(`outcome.${outcome}`);
    };
    const end = (entry: TimelineEntry): string => {
      switch (entry.kind) {
        case "call":
          return entry.interaction.agent_name ?? "";
        case "note":
          return who(entry.by);
        case "deal":
          return [names.dealStage(entry.stage), format.money(entry.amount, entry.currency === "" ? null : entry.currency)].join(" · ");
        case "ticket":
          return [entry.kind_of === "request" ? "" : t(`ticketKind.${entry.kind_of}`), names.ticketStatus(entry.status)].filter((text) => text !== "").join(" · ");
        case "task":
          if (entry.done_at !== null) return t("timeline.done", { time: format.when(entry.done_at) });
          return entry.due_at === null ? who(entry.assignee) : t("timeline.due", { time: format.when(entry.due_at) });
      }
    };
    const all = (entry: TimelineEntry): string => [title(entry), end(entry), entry.kind === "call" ? `${entry.interaction.note} ${entry.interaction.number}` : ""].join(" ");
    return { title, end, all, who };
  }, [t, names, format, agents]);
}
