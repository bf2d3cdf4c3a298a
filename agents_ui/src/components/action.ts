import { useCallback, useState } from "react";
import { useStatus } from "@/api/collection";

export type Action = {
  readonly busy: boolean;
  readonly error: unknown;
  run: (work: () => Promise<void>) => Promise<boolean>;
  forget: () => void;
};

/** One request of a person: busy while it runs, its error kept until the next. The answer seen on screen is always
 * the server's own change in the live picture, never a guess of ours. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = useCallback(async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (caught) {
      setError(caught);
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  const forget = useCallback(() => setError(null), []);
  return { busy, error, run, forget };
}

/** Whether this tab may act on calls: the picture is the server's own, and this is the tab the agent works in. */
export function useCanAct(): boolean {
  const { phase, leads } = useStatus();
  return phase === "live" && leads;
}
