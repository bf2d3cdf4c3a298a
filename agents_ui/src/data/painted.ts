import { useEffect } from "react";
import { useLive, useStatus } from "@/api/collection";

// A hidden tab is given no animation frames, and a covered window may be given them late.
const FALLBACK_MS = 80;

/**
 * Tells the server that the offer's card is on screen, which lets the phone ring.
 *
 * `ready` is true once the card itself is in the tree. The first frame callback runs before the paint of this commit,
 * the second after it: only then has the operator been able to see the card. Where the tab is hidden, requestAnimationFrame
 * does not fire at all, and nobody could see a paint: the commit is all there is, so it is told at once rather than
 * letting the caller wait for the gate's limit; the timer covers a window that is visible by name and gets no frames.
 * Told again after a reconnection, for the server may not have heard it.
 */
export function usePainted(offer: string | null, ready: boolean): void {
  const { connection } = useLive();
  const { phase, leads } = useStatus();
  const tell = ready && phase === "live" && leads ? offer : null;
  useEffect(() => {
    if (tell === null) return;
    if (document.visibilityState === "hidden") {
      connection.painted(tell);
      return;
    }
    let frame = 0;
    let told = false;
    const send = (): void => {
      if (told) return;
      told = true;
      connection.painted(tell);
    };
    frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(send);
    });
    const timer = setTimeout(send, FALLBACK_MS);
    return () => {
      // A card that is taken away before it was painted is not told.
      told = true;
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [connection, tell]);
}
