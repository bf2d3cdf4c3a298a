// How well the other side is heard, from what the browser counts anyway.
//
// The estimate is the E-model of ITU-T G.107 with the simplifications of Cole and Rosenbluth, "Voice over IP
// Performance Monitoring" (ACM SIGCOMM Computer Communication Review 31/2, 2001): R = 94.2 - Id - Ie, where Id is the
// impairment by delay and Ie that of G.711 with concealment by loss; MOS follows from R by G.107, Annex B.

/** Times are ms, loss is a share of the packets, mos is 1 to 4.5. */
export type Quality = { readonly mos: number; readonly roundTrip: number; readonly jitter: number; readonly loss: number };

/** Counters of one moment, as getStats gives them; times are seconds. */
export type Counters = { readonly received: number; readonly lost: number; readonly jitter: number; readonly roundTrip: number };

/** The jitter buffer and the packets themselves delay by about this much; ms. */
const FIXED_DELAY = 20;

export function mos(roundTrip: number, jitter: number, loss: number): number {
  const delay = roundTrip / 2 + 2 * jitter + FIXED_DELAY;
  const byDelay = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0);
  const byLoss = 30 * Math.log(1 + 15 * loss);
  const r = Math.max(0, Math.min(100, 94.2 - byDelay - byLoss));
  return Math.max(1, 1 + 0.035 * r + 0.000007 * r * (r - 60) * (100 - r));
}

/** What happened between two moments; null while nothing was received in between. */
export function measure(before: Counters, now: Counters): Quality | null {
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  if (received <= 0 && lost === 0) return null;
  const loss = lost / Math.max(1, received + lost);
  const roundTrip = now.roundTrip * 1000;
  const jitter = now.jitter * 1000;
  return { mos: mos(roundTrip, jitter, loss), roundTrip, jitter, loss };
}

export type QualityPart = {
  samples: number;
  mos: number;
  mos_worst: number;
  round_trip: number;
  round_trip_worst: number;
  jitter: number;
  jitter_worst: number;
  loss: number;
  loss_worst: number;
  packets_received: number;
  packets_lost: number;
};

/** Adds measurements up until they are taken to be sent. */
export class QualitySum {
  private samples: Quality[] = [];
  private from: Counters | null = null;
  private last: Counters | null = null;

  add(now: Counters): Quality | null {
    const before = this.last;
    this.last = now;
    if (before === null) {
      this.from = now;
      return null;
    }
    const quality = measure(before, now);
    if (quality !== null) this.samples.push(quality);
    return quality;
  }

  /** What was measured since it was taken last; null when nothing was. */
  take(): QualityPart | null {
    const { samples, from, last } = this;
    if (samples.length === 0 || from === null || last === null) return null;
    this.samples = [];
    this.from = last;
    const mean = (of: (one: Quality) => number): number => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
    const most = (of: (one: Quality) => number): number => Math.max(...samples.map(of));
    return {
      samples: samples.length,
      mos: mean((one) => one.mos),
      mos_worst: -most((one) => -one.mos),
      round_trip: mean((one) => one.roundTrip),
      round_trip_worst: most((one) => one.roundTrip),
      jitter: mean((one) => one.jitter),
      jitter_worst: most((one) => one.jitter),
      loss: mean((one) => one.loss),
      loss_worst: most((one) => one.loss),
      packets_received: Math.max(0, last.received - from.received),
      packets_lost: Math.max(0, last.lost - from.lost),
    };
  }
}

/** The counters of a connection's incoming voice; null before there is any. */
export function counters(report: RTCStatsReport): Counters | null {
  const entries = [...(report.values() as Iterable<Entry>)];
  const received = entries.find((entry) => entry.type === "inbound-rtp");
  if (received === undefined) return null;
  // Asterisk's receiver reports give the voice's own round trip; the path's is what there is before the first.
  const voice = entries.find((entry) => entry.type === "remote-inbound-rtp" && entry.roundTripTime !== undefined);
  const path = entries.find((entry) => entry.type === "candidate-pair" && entry.currentRoundTripTime !== undefined);
  return {
    received: received.packetsReceived ?? 0,
    lost: received.packetsLost ?? 0,
    jitter: received.jitter ?? 0,
    roundTrip: voice?.roundTripTime ?? path?.currentRoundTripTime ?? 0,
  };
}

type Entry = {
  readonly type: string;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly jitter?: number;
  readonly roundTripTime?: number;
  readonly currentRoundTripTime?: number;
};
