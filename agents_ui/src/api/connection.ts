// The link to the server's live picture. Keeps one socket open, asks to resume where it stopped, checks the order of
// what comes, and gives up only when the person is signed out. Knows nothing of React; `subscribe` and `status` fit
// useSyncExternalStore.
//
// Phases: connecting (a socket is being opened, or the picture is not here yet) -> live -> waiting (before the next
// try) -> connecting ... ; offline while the browser itself says it has no network; ended after stop() or sign-out.
// Only in `live` is what is on screen the server's own picture: actions are offered in no other phase.
import type { EntityStore } from "./store";
import type { ClientMessage, ServerMessage } from "./types";

type PhoneReport = Extract<ClientMessage, { type: "phone" }>;

export type Phase = "idle" | "connecting" | "live" | "waiting" | "offline" | "ended";

export type Status = {
  readonly phase: Phase;
  /** Whether this tab is the agent's working one. */
  readonly leads: boolean;
  /** The server runs another build of the console than this page. */
  readonly newBuild: boolean;
  /** A picture has been received at least once since the page was opened. */
  readonly everLive: boolean;
  /** When the link was lost, in epoch seconds; null while live. */
  readonly lostAt: number | null;
  readonly node: string;
  /** Why the picture was away and for how long, once it is back; null until then, and once it was seen. */
  readonly back: Back | null;
};

/** `sleep`: the computer slept; `restart`: another process answers than before; `cut`: the same one does. `since` is in
 * epoch seconds. */
export type Back = { readonly cause: "sleep" | "restart" | "cut"; readonly seconds: number; readonly since: number };

export type SocketLike = Pick<WebSocket, "send" | "close"> & {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
};

export type ConnectionOptions = {
  readonly url: string;
  readonly store: EntityStore;
  readonly tab: string;
  /** Whether this page is of another build than the server now gives out; asked when the server's version is new. */
  readonly isStale: () => Promise<boolean>;
  readonly onSignedOut: () => void;
  /** A socket failed before it was welcomed: true when the session is gone (browsers hide a handshake's status). */
  readonly isSignedOut: () => Promise<boolean>;
  readonly openSocket?: (url: string) => SocketLike;
  readonly random?: () => number;
  readonly now?: () => number;
};

const PING_EVERY_MS = 10_000;
const SILENCE_MS = 15_000;
const AWAKE_WITHIN_MS = 4_000;
const OPEN_WITHIN_MS = 10_000;
const TICK_MS = 5_000;
// Browsers let a hidden tab's timers run once a minute; what is later than that was sleep.
const SLEPT_MS = 90_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;

const CLOSE_SIGNED_OUT = 4401;
const CLOSE_ORIGIN = 4403;
const CLOSE_PROTOCOL = 4400;
const CLOSE_SLOW = 4408;

export class Connection {
  private current: Status = { phase: "idle", leads: false, newBuild: false, everLive: false, lostAt: null, node: "", back: null };
  private readonly listeners = new Set<() => void>();
  private socket: SocketLike | null = null;
  private position: { epoch: string; seq: number } | null = null;
  private welcomed = false;
  private wantsLead = false;
  /** undefined: this tab has no phone. */
  private phoneProblem: PhoneReport["problem"] | undefined;
  private phoneVoice = true;
  private attempt = 0;
  private pings = 0;
  private version: string | null = null;
  private liveAt: string | null = null; // the node and the epoch of the last picture
  private tickedAt = 0;
  private asleepSince: number | null = null;
  private tickTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private pingTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly openSocket: (url: string) => SocketLike;
  private readonly random: () => number;
  private readonly now: () => number;

  private readonly options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.openSocket = options.openSocket ?? ((url) => new WebSocket(url));
    this.random = options.random ?? Math.random;
    this.now = options.now ?? (() => Date.now() / 1000);
  }

  readonly status = (): Status => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(): void {
    if (this.current.phase !== "idle" && this.current.phase !== "ended") return;
    window.addEventListener("online", this.onOnline);
    window.addEventListener("offline", this.onOffline);
    document.addEventListener("visibilitychange", this.onVisible);
    this.tickedAt = this.now();
    this.tick();
    this.open();
  }

  stop(): void {
    window.removeEventListener("online", this.onOnline);
    window.removeEventListener("offline", this.onOffline);
    document.removeEventListener("visibilitychange", this.onVisible);
    this.drop();
    clearTimeout(this.retryTimer);
    clearTimeout(this.tickTimer);
    this.position = null;
    this.liveAt = null;
    this.asleepSince = null;
    this.set({ phase: "ended", back: null });
  }

  /** Tell the server that the offer's card is on screen. Lost when there is no link: the server's gate has a limit. */
  painted(offer: string): void {
    this.send({ type: "painted", offer });
  }

  /** Tell what is wrong with the phone in this tab; null when it can take calls. Without `voice` it lacks that of the
   * conversation. Said anew to each server. */
  phone(problem: PhoneReport["problem"], voice: boolean): void {
    if (this.phoneProblem === problem && this.phoneVoice === voice) return;
    this.phoneProblem = problem;
    this.phoneVoice = voice;
    if (this.welcomed) this.send({ type: "phone", problem, voice });
  }

  /** Make this tab the working one. */
  takeLead(): void {
    this.wantsLead = true;
    this.send({ type: "lead" });
  }

  /** The person has read what happened. */
  seen(): void {
    this.set({ back: null });
  }

  /** Notices that the computer slept: its timers stood still, and the socket may be dead without knowing it. */
  private tick(): void {
    this.wake();
    this.tickTimer = setTimeout(() => this.tick(), TICK_MS);
  }

  private wake(): void {
    const now = this.now();
    const slept = now - this.tickedAt > SLEPT_MS / 1000;
    if (slept) this.asleepSince ??= this.tickedAt;
    this.tickedAt = now;
    if (!slept) return;
    if (this.current.phase === "waiting") this.retryNow();
    else if (this.current.phase === "live") {
      this.ping();
      this.expect(AWAKE_WITHIN_MS);
    }
  }

  private readonly onOnline = (): void => {
    if (this.current.phase === "offline" || this.current.phase === "waiting") this.retryNow();
  };

  private readonly onOffline = (): void => {
    this.drop();
    clearTimeout(this.retryTimer);
    this.lose("offline");
  };

  private readonly onVisible = (): void => {
    if (document.visibilityState !== "visible") return;
    this.wake();
    // After sleep the socket may be dead without knowing it, and timers of a hidden tab are late.
    if (this.current.phase === "waiting") this.retryNow();
    else if (this.current.phase === "live") {
      this.ping();
      this.expect(AWAKE_WITHIN_MS);
    }
  };

  private retryNow(): void {
    clearTimeout(this.retryTimer);
    this.attempt = 0;
    this.open();
  }

  private open(): void {
    this.drop();
    this.welcomed = false;
    this.set({ phase: "connecting" });
    const socket = this.openSocket(this.options.url);
    this.socket = socket;
    socket.onopen = () => this.send({ type: "hello", tab: this.options.tab, resume: this.position, led: this.current.leads });
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = (event) => this.closed(socket, event.code);
    this.expect(OPEN_WITHIN_MS);
  }

  /** Without a word within `ms` the link counts as dead, whatever the socket says. */
  private expect(ms: number): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => {
      this.drop();
      this.later();
    }, ms);
  }

  /** Pings at its pace for ever. Only what is received puts the deadline off: a link that swallows pings is dead. */
  private ping(): void {
    clearTimeout(this.pingTimer);
    this.pings += 1;
    this.send({ type: "ping", n: this.pings });
    this.pingTimer = setTimeout(() => this.ping(), PING_EVERY_MS);
  }

  private drop(): void {
    clearTimeout(this.silenceTimer);
    clearTimeout(this.pingTimer);
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private send(message: ClientMessage): void {
    if (this.socket === null) return;
    try {
      this.socket.send(JSON.stringify(message));
    } catch {
      // Still connecting or already closing: onclose decides what happens next.
    }
  }

  private closed(socket: SocketLike, code: number): void {
    if (socket !== this.socket) return;
    this.drop();
    switch (code) {
      case CLOSE_SIGNED_OUT:
        this.signedOut();
        return;
      case CLOSE_SLOW:
        // We fell too far behind; a fresh picture is quicker than catching up.
        this.position = null;
        break;
      case CLOSE_PROTOCOL:
      case CLOSE_ORIGIN:
        this.position = null;
        this.attempt = Math.max(this.attempt, 5);
        break;
    }
    if (this.welcomed) {
      this.later();
      return;
    }
    this.lose("waiting");
    void this.options.isSignedOut().then(
      (gone) => {
        if (this.socket !== null || this.current.phase !== "waiting") return;
        if (gone) this.signedOut();
        else this.later();
      },
      () => this.later(),
    );
  }

  private signedOut(): void {
    this.stop();
    this.options.onSignedOut();
  }

  private later(): void {
    if (this.current.phase === "ended") return;
    if (!navigator.onLine) {
      this.lose("offline");
      return;
    }
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.attempt);
    this.attempt += 1;
    this.lose("waiting");
    clearTimeout(this.retryTimer);
    // Half fixed, half chance: a restarted server is not met by every browser at once.
    this.retryTimer = setTimeout(() => this.open(), ceiling / 2 + (this.random() * ceiling) / 2);
  }

  private lose(phase: "waiting" | "offline"): void {
    this.set({ phase, lostAt: this.current.lostAt ?? this.now() });
  }

  private receive(socket: SocketLike, data: unknown): void {
    if (socket !== this.socket || typeof data !== "string") return;
    this.expect(SILENCE_MS);
    let message: ServerMessage;
    try {
      message = JSON.parse(data) as ServerMessage;
    } catch {
      this.distrust();
      return;
    }
    switch (message.type) {
      case "welcome":
        this.welcomed = true;
        this.welcome(message.version, message.node, message.leads);
        break;
      case "snapshot":
        this.position = { epoch: message.epoch, seq: message.seq };
        this.options.store.replace(message.entities);
        this.live();
        break;
      case "changes":
        // Positions only grow. One that goes back means that the server is not where we think it is.
        if (this.position === null || message.seq < this.position.seq) {
          this.distrust();
          return;
        }
        this.position = { epoch: this.position.epoch, seq: message.seq };
        this.options.store.apply(message.changes);
        this.live();
        break;
      case "lead":
        this.wantsLead &&= !message.leads;
        if (!message.leads) this.phoneProblem = undefined;
        this.set({ leads: message.leads });
        break;
      case "pong":
        // The link outlived the sleep.
        if (this.current.phase === "live") this.live();
        break;
      case "error":
        break;
    }
  }

  private welcome(version: string, node: string, leads: boolean): void {
    if (this.version !== version) {
      this.version = version;
      this.options.isStale().then(
        (stale) => this.set({ newBuild: stale }),
        () => undefined,
      );
    }
    if (!leads) this.phoneProblem = undefined;
    else if (this.phoneProblem !== undefined) this.send({ type: "phone", problem: this.phoneProblem, voice: this.phoneVoice });
    this.set({ leads, node });
    this.ping();
    // Asked for, and not answered before the link broke.
    if (this.wantsLead && !leads) this.send({ type: "lead" });
  }

  private live(): void {
    this.attempt = 0;
    const { lostAt, node } = this.current;
    const since = this.asleepSince ?? lostAt;
    const here = `${node} ${this.position?.epoch ?? ""}`;
    if (this.current.phase === "live" && since === null) return;
    let back = this.current.back;
    if (since !== null && this.current.everLive) {
      const cause = this.asleepSince !== null ? "sleep" : this.liveAt !== null && this.liveAt !== here ? "restart" : "cut";
      back = { cause, since, seconds: Math.max(0, this.now() - since) };
    }
    this.asleepSince = null;
    this.liveAt = here;
    this.set({ phase: "live", everLive: true, lostAt: null, back });
  }

  /** What came makes no sense: start over with a fresh picture. */
  private distrust(): void {
    this.position = null;
    this.drop();
    this.later();
  }

  private set(part: Partial<Status>): void {
    this.current = { ...this.current, ...part };
    for (const listener of this.listeners) listener();
  }
}
