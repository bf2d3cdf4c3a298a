// The note and the rest of the wrap-up's form: in this browser at every key stroke, on the server a moment later.
import { useEffect, useRef, useState } from "react";
import { body, rest } from "@/api/rest";
import type { CallNotes } from "@/api/types";
import { useCanAct } from "@/components/action";
import { Autosave, isChangedMeanwhile, merged, type SaveState } from "./autosave";
import { amountOf } from "./dispositions";
import { EMPTY, readDraft, writeDraft, type Draft } from "./drafts";

const of = (call: string) => ({ params: { path: { call } } });
const AMOUNT = /^\d{1,15}(\.\d{1,2})?$/;

export type Note = {
  readonly draft: Draft;
  readonly earlier: CallNotes["earlier"];
  readonly state: SaveState;
  change: (part: Partial<Draft>) => void;
  /** Nothing is saved any more: it was sent. */
  close: () => void;
};

/** `active`: the server takes it now, since the operator talks on the call or wraps it up. `ahead`: he is offered a call
 * that others had, and reads what they noted before he answers. */
export function useNote(login: string, call: string, active: boolean, ahead = false): Note {
  const canAct = useCanAct();
  const [draft, setDraft] = useState(() => readDraft(login, call));
  const [earlier, setEarlier] = useState<CallNotes["earlier"]>([]);
  const [state, setState] = useState<SaveState>("saved");
  const latest = useRef(draft);
  const known = useRef({ revision: 0, draft: EMPTY });
  const saver = useRef<Autosave | null>(null);
  const put = (next: Draft): void => {
    latest.current = next;
    setDraft(next);
    writeDraft(login, call, next);
  };
  const listens = active && canAct;
  useEffect(() => {
    if (!listens) return;
    const take = async (): Promise<void> => {
      const notes = await body(rest.GET("/calls/{call}/note", of(call)));
      const theirs: Draft = { disposition: notes.own.disposition, note: notes.own.text, amount: notes.own.amount ?? "", callbackAt: notes.own.callback_at, callbackMine: notes.own.callback_mine };
      const [base, mine] = [known.current.draft, latest.current];
      known.current = { revision: notes.own.revision, draft: theirs };
      setEarlier(notes.earlier);
      if (notes.own.revision === 0) return;
      put({
        note: merged(base.note, mine.note, theirs.note),
        disposition: mine.disposition === base.disposition ? theirs.disposition : mine.disposition,
        amount: mine.amount === base.amount ? theirs.amount : mine.amount,
        callbackMine: mine.callbackMine === base.callbackMine ? theirs.callbackMine : mine.callbackMine,
        callbackAt: mine.callbackAt === base.callbackAt ? theirs.callbackAt : mine.callbackAt,
      });
    };
    const send = async (): Promise<void> => {
      const sent = latest.current;
      if (same(sent, known.current.draft)) return;
      const amount = amountOf(sent.amount);
      const form = { text: sent.note, disposition: sent.disposition, amount: AMOUNT.test(amount) ? amount : null, callback_at: sent.callbackAt, callback_mine: sent.callbackMine, revision: known.current.revision };
      const { revision } = await body(rest.PUT("/calls/{call}/note", { ...of(call), body: form }));
      known.current = { revision, draft: sent };
    };
    const save = async (): Promise<void> => {
      try {
        await send();
      } catch (error) {
        if (!isChangedMeanwhile(error)) throw error;
        await take();
        await send();
      }
    };
    const saving = new Autosave(save, setState);
    saver.current = saving;
    void take()
      .then(() => {
        if (!same(latest.current, known.current.draft)) saving.touch();
      })
      .catch(() => setState("waiting"));
    return () => {
      saving.stop();
      saver.current = null;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- one saver for one call while it may be saved
  }, [listens, login, call]);
  const reads = ahead && !active && canAct;
  useEffect(() => {
    if (!reads) return;
    let late = false;
    // Not there yet is no harm: it is read again with the answer.
    void body(rest.GET("/calls/{call}/note", of(call)))
      .then((notes) => (late ? undefined : setEarlier(notes.earlier)))
      .catch(() => undefined);
    return () => {
      late = true;
    };
  }, [reads, call]);
  return {
    draft,
    earlier,
    state,
    change: (part) => {
      put({ ...latest.current, ...part });
      saver.current?.touch();
    },
    close: () => {
      known.current = { ...known.current, draft: latest.current };
    },
  };
}

function same(one: Draft, other: Draft): boolean {
  return one.note === other.note && one.disposition === other.disposition && one.amount === other.amount && one.callbackAt === other.callbackAt && one.callbackMine === other.callbackMine;
}
