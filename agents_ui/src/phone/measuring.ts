// How well a call is heard, from its answer to its end: shown every two seconds, told the server every ten.
import { counters, QualitySum, type Quality, type QualityPart } from "./quality";

const MEASURE_MS = 2_000;
const TELL_EVERY = 5;

export type Listener = {
  /** The call that the agent has, as the server tells; null when he has none. */
  readonly call: () => string | null;
  readonly measured: (quality: Quality) => void;
  /** What was measured of the call since it was told last. */
  readonly tell: (call: string, part: QualityPart) => void;
};

/** Measures until `stop`; `tell` tells now what was not told yet. */
export function measureCall(connection: RTCPeerConnection, listener: Listener): { tell: () => void; stop: () => void } {
  const sum = new QualitySum();
  let measured = 0;
  // Kept from the beginning: the server may tell that the call is over before the phone hears of it.
  let call = listener.call();
  const tell = (): void => {
    const part = call === null ? null : sum.take();
    if (call !== null && part !== null) listener.tell(call, part);
  };
  const timer = setInterval(() => {
    void connection.getStats().then((report) => {
      const now = counters(report);
      call ??= listener.call();
      const quality = now === null ? null : sum.add(now);
      if (quality !== null) listener.measured(quality);
      measured += 1;
      if (measured % TELL_EVERY === 0) tell();
    });
  }, MEASURE_MS);
  return { tell, stop: () => clearInterval(timer) };
}
