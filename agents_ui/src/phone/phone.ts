// The phone as the console sees it: a store to read, keys to press, and the engine behind them, which is another file of
// the build and comes only where a browser is the station.
import type { Connection } from "@/api/connection";
import { body, done, rest } from "@/api/rest";
import type { EntityStore } from "@/api/store";
import type { AgentView, IntercomView, Me } from "@/api/types";
import { ownIntercom } from "@/data/intercom";
import type { PhoneEngine } from "./engine";
import { initialPhone, PhoneStore } from "./state";

export type PhoneOptions = { readonly me: Me; readonly connection: Connection; readonly entities: EntityStore };

const RETRY_MS = 3_000;

export class Phone {
  readonly store = new PhoneStore();
  private readonly options: PhoneOptions;
  private engine: PhoneEngine | null = null;
  private leads = false;
  /** The console's link was lost and is not back yet. */
  private away = false;
  private unsubscribe: (() => void)[] = [];
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** The call, or internal call, whose voice this phone has, or had. */
  private voiceOf: string | null = null;
  /** Grows with each change of who leads, so that what was asked for before is dropped. */
  private turn = 0;

  constructor(options: PhoneOptions) {
    this.options = options;
  }

  start(): void {
    const { connection, entities, me } = this.options;
    if (!me.agent) return;
    this.unsubscribe = [connection.subscribe(this.onConnection), this.store.subscribe(this.report), entities.subscribeKey(`agent/${me.login}`, this.report), entities.subscribeKind("intercom", this.onIntercom)];
    this.onConnection();
  }

  stop(): void {
    for (const end of this.unsubscribe) end();
    this.unsubscribe = [];
    this.letGo();
  }

  readonly answer = (): void => this.engine?.answer();
  readonly mute = (muted: boolean): void => this.engine?.mute(muted);
  readonly devicesChanged = (): void => void this.engine?.devicesChanged();

  private readonly onConnection = (): void => {
    const { phase, leads } = this.options.connection.status();
    // A lost link changes nothing: the phone has one of its own, and who leads is told when it is back.
    if (phase !== "live") {
      this.away = true;
      return;
    }
    if (this.away && leads && this.leads) this.engine?.recheck();
    this.away = false;
    if (leads && !this.leads) {
      this.leads = true;
      void this.take();
    } else if (!leads && this.leads) {
      this.leads = false;
      this.letGo();
    }
  };

  private readonly onIntercom = (): void => {
    this.engine?.ringIfShown();
    this.report();
  };

  private async take(): Promise<void> {
    this.turn += 1;
    const { turn } = this;
    const stale = (): boolean => turn !== this.turn;
    try {
      const access = await body(rest.POST("/phone/credentials"));
      if (stale()) return;
      if (access.credential === null) {
        this.store.set({ station: "telephone" });
        return;
      }
      this.store.set({ station: "browser", here: true, problem: "connecting" });
      let first: typeof access.credential | null = access.credential;
      const { PhoneEngine } = await import("./engine");
      if (stale()) return;
      this.engine = new PhoneEngine({
        url: `${window.location.protocol === "https:" ? "wss" : "ws"}://${window.location.host}/sip`,
        station: access.station,
        store: this.store,
        credential: async () => {
          const kept = first;
          first = null;
          const credential = kept ?? (await body(rest.POST("/phone/credentials"))).credential;
          if (credential === null) throw new Error("the station is no browser any more");
          return credential;
        },
        call: () => this.me()?.call ?? null,
        shows: (intercom) => this.intercom()?.intercom === intercom,
        talks: () => this.me()?.state === "talking",
        tellQuality: (call, part) => {
          // A figure that is lost is no harm; the next one comes in seconds.
          done(rest.POST("/calls/{call}/quality", { params: { path: { call } }, body: part })).catch(() => undefined);
        },
      });
      this.engine.start();
    } catch {
      if (!stale()) this.retryTimer = setTimeout(() => void this.take(), RETRY_MS);
    }
  }

  private me(): AgentView | null {
    const me = this.options.entities.get(`agent/${this.options.me.login}`);
    return me?.kind === "agent" ? me : null;
  }

  private intercom(): IntercomView | undefined {
    const { entities, me } = this.options;
    return ownIntercom(entities.list("intercom"), me.login);
  }

  private letGo(): void {
    this.turn += 1;
    clearTimeout(this.retryTimer);
    this.engine?.stop();
    this.engine = null;
    // Given away, not ended: back here it has to be asked for.
    this.voiceOf = null;
    this.store.set({ ...initialPhone, station: this.store.get().station });
  }

  private readonly report = (): void => {
    const { here, problem, call } = this.store.get();
    const me = this.me();
    if (!here || me === null) return;
    const intercom = this.intercom();
    const talk = me.call ?? intercom?.intercom ?? null;
    if (call !== null) this.voiceOf = talk;
    // Of a call whose voice was here and ended, Asterisk tells the server; only a page that never had it asks for it.
    const lacks = problem === null && (me.state === "talking" || intercom?.state === "talking") && call === null && this.voiceOf !== talk;
    this.options.connection.phone(problem, !lacks);
  };
}
