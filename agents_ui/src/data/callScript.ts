// The script of a call and its answers: kept in this browser at every key, on the server a moment later. The version is
// the one that the call was begun with.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { body, rest } from "@/api/rest";
import type { CallScript, ScriptDocument } from "@/api/types";
import { useCanAct } from "@/components/action";
import type { Answers } from "@/panels/scripts/walk";
import { Autosave, isChangedMeanwhile, type SaveState } from "./autosave";

const of = (call: string) => ({ params: { path: { call } } });

type Stand = { readonly answers: Answers; readonly step: string };
export type Script = {
  readonly document: ScriptDocument;
  readonly version: number;
  readonly answers: Answers;
  readonly step: string;
  readonly state: SaveState;
  change: (answers: Answers, step: string) => void;
};

const key = (call: string): string => `cc.answers.${call}`;

/** Null while it is not known, or where the queue has none. `active`: the operator talks or wraps up. */
export function useCallScript(call: string, active: boolean): Script | null {
  const canAct = useCanAct();
  const [script, setScript] = useState<CallScript | null>(null);
  const [stand, setStand] = useState<Stand | null>(null);
  const [state, setState] = useState<SaveState>("saved");
  const latest = useRef<Stand | null>(null);
  const known = useRef<Stand & { readonly revision: number }>({ answers: {}, step: "", revision: 0 });
  const saver = useRef<Autosave | null>(null);
  const put = (next: Stand): void => {
    latest.current = next;
    setStand(next);
    remember(call, next);
  };
  const listens = active && canAct;
  useEffect(() => {
    if (!listens) return;
    const take = async (): Promise<boolean> => {
      const { script: found } = await body(rest.POST("/calls/{call}/script", of(call)));
      if (found === null) return false;
      const base = known.current;
      const mine = latest.current ?? recall(call);
      const theirs: Stand = { answers: found.answers as Answers, step: found.step };
      known.current = { ...theirs, revision: found.revision };
      setScript(found);
      put(mine === null ? theirs : { answers: joined(base.answers, mine.answers, theirs.answers), step: mine.step });
      return true;
    };
    const send = async (): Promise<void> => {
      const sent = latest.current;
      if (sent === null || same(sent, known.current)) return;
      const form = { answers: sent.answers as Record<string, string | number | boolean | string[]>, step: sent.step, revision: known.current.revision };
      const { revision } = await body(rest.PUT("/calls/{call}/script", { ...of(call), body: form }));
      known.current = { ...sent, revision };
    };
    const saving = new Autosave(async () => {
      try {
        await send();
      } catch (error) {
        if (!isChangedMeanwhile(error)) throw error;
        await take();
        await send();
      }
    }, setState);
    saver.current = saving;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const begin = (): void => {
      void take()
        .then((there) => {
          if (there && latest.current !== null && !same(latest.current, known.current)) saving.touch();
        })
        .catch(() => {
          if (!over) retry = setTimeout(begin, 3_000);
        });
    };
    begin();
    return () => {
      over = true;
      clearTimeout(retry);
      saving.stop();
      saver.current = null;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- one saver for one call while it may be saved
  }, [listens, call]);
  if (script === null || stand === null) return null;
  return {
    document: script.document,
    version: script.version,
    answers: stand.answers,
    step: stand.step,
    state,
    change: (answers, step) => {
      put({ answers, step });
      saver.current?.touch();
    },
  };
}

/** The script of a call that is still offered, as it would be begun. */
export function useScriptAhead(call: string, offered: boolean) {
  return useQuery({ queryKey: ["calls", "script", call], queryFn: () => body(rest.GET("/calls/{call}/script", of(call))), enabled: offered, staleTime: Infinity, gcTime: 60_000 });
}

/** What was answered here since `base`, over what is on the server. */
function joined(base: Answers, mine: Answers, theirs: Answers): Answers {
  const found = new Map(Object.entries(theirs));
  for (const name of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    const value = mine[name];
    if (JSON.stringify(value) === JSON.stringify(base[name])) continue;
    if (value === undefined) found.delete(name);
    else found.set(name, value);
  }
  return Object.fromEntries(found);
}

function same(one: Stand, other: Stand): boolean {
  return one.step === other.step && JSON.stringify(one.answers) === JSON.stringify(other.answers);
}

// Of one call only, and only until its tab is closed: the server has the rest.
function remember(call: string, stand: Stand): void {
  try {
    window.sessionStorage.setItem(key(call), JSON.stringify(stand));
  } catch {
    // Storage full or forbidden: the server has it a moment later.
  }
}

function recall(call: string): Stand | null {
  try {
    const text = window.sessionStorage.getItem(key(call));
    if (text === null) return null;
    const value = JSON.parse(text) as Partial<Stand>;
    return typeof value.step === "string" && typeof value.answers === "object" ? { answers: value.answers, step: value.step } : null;
  } catch {
    return null;
  }
}
