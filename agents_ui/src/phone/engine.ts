// The phone itself: JsSIP over our own origin's /sip, loaded only where the agent's station is a browser. One engine
// lives while this tab leads; it registers with a credential of minutes, checks the microphone, rings, answers, and
// keeps the conversation through a lost link. It decides nothing about calls: that is the server's.
//
// A page that goes takes its end of the voice with it, and no later page can take it up: Asterisk 22 keeps the DTLS
// connection of a leg for the leg's life. Re-INVITEs with a=connection:new, with the roles changed, with the stream off
// and on were not found to work. So after a reload in mid-call the page says that it has no voice (Phone.report), the
// server calls this phone anew into the conversation, and the call is answered here by itself, as its INVITE asks. An
// internal call it ends.
import JsSIP from "jssip";
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent, UA } from "jssip/lib/UA";
import type { IncomingResponse } from "jssip/lib/SIPMessage";
import type { RTCSession } from "jssip/lib/RTCSession";
import { closeStream, followPermission, playOn, resolve, type Role } from "./devices";
import { asksToBeAnswered, intercomOf, isIncoming } from "./invite";
import { Link } from "./link";
import { measureCall } from "./measuring";
import { Microphone } from "./microphone";
import { forgetMuted, keepMuted, wasMuted } from "./muting";
import type { QualityPart } from "./quality";
import { connectTone, Ringer } from "./ringer";
import type { PhoneProblem, PhoneStore } from "./state";

export type Credential = { readonly uri: string; readonly token: string; readonly renew_seconds: number; readonly ice_servers: RTCIceServer[] };

export type EngineOptions = {
  readonly url: string;
  readonly station: string;
  readonly store: PhoneStore;
  /** A fresh credential; rejects when the server cannot be asked now. */
  readonly credential: () => Promise<Credential>;
  /** The call that the agent has, as the server tells; null when he has none. */
  readonly call: () => string | null;
  /** Whether the console shows this internal call. */
  readonly shows: (intercom: string) => boolean;
  /** The server says that the agent talks already: a station that is called then has its voice renewed. */
  readonly talks: () => boolean;
  /** What was measured of the call since it was told last. */
  readonly tellQuality: (call: string, part: QualityPart) => void;
};

const REGISTER_SECONDS = 120;
const RECOVERY = { connection_recovery_min_interval: 1, connection_recovery_max_interval: 10 } as const;
const RETRY_MS = 3_000;
/** JsSIP's own is 32 s; the proxy gives up an Asterisk that does not answer after 5. */
const LINK_PATIENCE_MS = 10_000;
/** The machine's own addresses come within a millisecond or two of each other. Those that are not told are tried all
 * the same: Asterisk learns them from the browser's checks. */
const SETTLE_MS = 20;
/** Only an Asterisk behind address translation must be told how the browser is seen from outside. */
const FAR_MS = 500;
const ICE_PATIENCE_MS = 4_000;

export class PhoneEngine {
  private readonly options: EngineOptions;
  private readonly audio = new Audio();
  private readonly ringer = new Ringer();
  private ua: UA | null = null;
  private link: Link | null = null;
  private session: RTCSession | null = null;
  private readonly microphone = new Microphone(() => this.tell());
  private iceServers: RTCIceServer[] = [];
  private registered = false;
  private lineProblem: PhoneProblem | null = "connecting";
  /** The server's words for a refusal. */
  private lineReason = "";
  private renewTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private endMeasuring: () => void = () => undefined;
  private stopped = false;
  private unfollow: () => void = () => undefined;

  constructor(options: EngineOptions) {
    this.options = options;
    this.audio.autoplay = true;
  }

  start(): void {
    navigator.mediaDevices.addEventListener("devicechange", this.onDevices);
    this.unfollow = followPermission((allowed) => {
      if (!allowed) this.microphone.forbidden();
      this.onDevices();
    });
    void this.microphone.check();
    void this.chooseSpeaker();
    void this.connect();
  }

  /** Lets go of the phone. A conversation is left to the server, as at a reload. */
  stop(): void {
    this.stopped = true;
    navigator.mediaDevices.removeEventListener("devicechange", this.onDevices);
    this.unfollow();
    clearTimeout(this.renewTimer);
    clearTimeout(this.retryTimer);
    const { session, ua } = this;
    const talking = session?.isEstablished() === true;
    this.over();
    this.link?.rest();
    this.ua = null;
    if (ua === null) return;
    if (talking) {
      // No BYE, which would end the conversation: the tab that leads now is called anew. JsSIP would send one.
      session.connection.close();
      (ua as unknown as { _sessions: Record<string, unknown> })._sessions = {};
    }
    ua.stop();
  }

  // --- what the console asks -----------------------------------------------------------------------------

  answer(): void {
    const { session, options } = this;
    if (session === null || options.store.get().call?.state !== "ringing") return;
    this.ringer.silence();
    options.store.setCall({ state: "answering" });
    this.microphone.take().then(
      (stream) => {
        if (this.session !== session || session.isEnded()) {
          closeStream(stream);
          return;
        }
        this.microphone.use(stream);
        // Before anything of it may be sent.
        for (const track of stream.getAudioTracks()) track.enabled = options.store.get().call?.muted !== true;
        session.answer({ mediaStream: stream, pcConfig: { iceServers: this.iceServers } });
      },
      () => {
        if (this.session !== session || session.isEnded()) return;
        // The call rings on: another device, or the permission, may still be given.
        options.store.setCall({ state: "ringing" });
        this.ringIfShown();
      },
    );
  }

  /** Rings as soon as the console shows whose call it is: the picture may come a moment after the INVITE. */
  ringIfShown(): void {
    const { store, shows } = this.options;
    const { call } = store.get();
    if (call?.state === "ringing" && (call.intercom === null || shows(call.intercom))) void this.ringer.ring();
  }

  mute(muted: boolean): void {
    const { session } = this;
    if (session?.isEstablished() !== true) return;
    if (muted) session.mute({ audio: true });
    else session.unmute({ audio: true });
    this.options.store.setCall({ muted });
    keepMuted(this.options.station, this.options.call(), muted);
  }

  /** Another device was chosen, or one came or went. */
  async devicesChanged(): Promise<void> {
    this.microphone.prepareAnew();
    await Promise.all([this.chooseSpeaker(), this.microphone.check()]);
    await this.replaceMicrophone();
  }

  /** The console's own link was away: this one may be dead without knowing it. A registration shows it. */
  recheck(): void {
    void this.freshen(true);
  }

  // --- the line ------------------------------------------------------------------------------------------

  private async connect(): Promise<void> {
    if (this.stopped) return;
    let credential: Credential;
    try {
      credential = await this.options.credential();
    } catch {
      this.line("unreachable");
      this.later();
      return;
    }
    // Stopped while the server was asked.
    if (this.stopped as boolean) return;
    this.iceServers = credential.ice_servers;
    const host = `${Math.random().toString(36).slice(2, 12)}.invalid`;
    const link = new Link(this.options.url);
    const ua = new JsSIP.UA({
      sockets: [link],
      uri: credential.uri,
      // Asterisk calls us by this address: its user tells the proxy whose it is.
      contact_uri: `sip:${this.options.station}@${host};transport=ws`,
      authorization_jwt: `Bearer ${credential.token}`,
      register: true,
      register_expires: REGISTER_SECONDS,
      session_timers: false,
      user_agent: "callcenter",
      ...RECOVERY,
    });
    this.ua = ua;
    this.link = link;
    ua.on("connecting", () => link.asked(LINK_PATIENCE_MS));
    ua.on("disconnected", () => {
      link.rest();
      this.line("unreachable");
    });
    ua.on("connected", () => {
      // JsSIP registers by itself now.
      link.asked(LINK_PATIENCE_MS);
      this.line("connecting");
    });
    ua.on("registrationExpiring", () => this.register());
    ua.on("registered", () => {
      this.registered = true;
      this.line(null);
    });
    ua.on("unregistered", () => {
      if (ua.isConnected()) this.line("connecting");
    });
    ua.on("registrationFailed", (event) => {
      // There is none when Asterisk did not answer in time, whatever the types say.
      const response = event.response as IncomingResponse | null | undefined;
      if (response == null) this.line("unreachable");
      else this.line("refused", response.reason_phrase);
      this.later();
    });
    ua.on("newRTCSession", (event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => {
      if (isIncoming(event)) this.rings(event);
    });
    this.renew(credential.renew_seconds);
    ua.start();
  }

  private register(): void {
    if (this.ua?.isConnected() !== true) return;
    this.link?.asked(LINK_PATIENCE_MS);
    this.ua.register();
  }

  /** Asks for the next credential in time; a refused registration asks at once. */
  private renew(seconds: number): void {
    clearTimeout(this.renewTimer);
    this.renewTimer = setTimeout(() => void this.freshen(), seconds * 1000);
  }

  private async freshen(ask = false): Promise<void> {
    const { ua } = this;
    if (ua === null) return;
    try {
      const credential = await this.options.credential();
      ua.set("authorization_jwt", `Bearer ${credential.token}`);
      this.iceServers = credential.ice_servers;
      this.renew(credential.renew_seconds);
      if (ask || !ua.isRegistered()) this.register();
    } catch {
      this.renew(RETRY_MS / 1000);
    }
  }

  private later(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => void (this.ua === null ? this.connect() : this.freshen()), RETRY_MS);
  }

  private line(problem: PhoneProblem | null, reason = ""): void {
    if (problem !== null) this.registered = false;
    this.lineProblem = problem;
    this.lineReason = reason;
    this.tell();
  }

  private tell(): void {
    if (this.stopped) return;
    const { registered, microphone, lineProblem, lineReason } = this;
    // The line first: without it the microphone does not matter.
    this.options.store.set(registered ? { problem: microphone.problem, reason: "" } : { problem: lineProblem, reason: lineReason });
  }

  // --- the call ------------------------------------------------------------------------------------------

  private rings(event: IncomingRTCSessionEvent): void {
    const { session, request } = event;
    // An Asterisk that was killed says no goodbye, and the browser would miss the voice only after half a minute.
    if (this.session?.isEstablished() === true && !this.isHeld()) this.session.terminate();
    if (this.session !== null && !this.session.isEnded()) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.begin(session);
    const { call, station, store, talks } = this.options;
    const renewed = talks();
    store.set({ call: { state: "ringing", muted: renewed && wasMuted(station, call()), quality: null, intercom: intercomOf(request) } });
    this.microphone.prepare();
    if (!asksToBeAnswered(request)) this.ringIfShown();
    else {
      // Nobody pressed a key: whoever is connected to a person must hear it.
      if (!renewed) void connectTone();
      this.answer();
    }
  }

  /** Whether the server holds the conversation that this phone has. */
  private isHeld(): boolean {
    const { store, shows, talks } = this.options;
    const intercom = store.get().call?.intercom ?? null;
    return intercom === null ? talks() : shows(intercom);
  }

  private begin(session: RTCSession): void {
    this.session = session;
    const done = (): void => {
      if (this.session === session && !this.stopped) this.over();
    };
    session.on("ended", () => {
      if (!this.stopped) forgetMuted();
      done();
    });
    session.on("failed", done);
    session.on("accepted", () => this.talks(session));
    session.on("icecandidate", ({ candidate, ready }) => {
      setTimeout(ready, this.iceServers.length === 0 || candidate.type !== "host" ? SETTLE_MS : FAR_MS);
    });
    session.on("peerconnection", ({ peerconnection }) => {
      peerconnection.addEventListener("track", (event) => {
        this.audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
        // A page that was only just reloaded may be asked for a touch first; the next key of the operator is one.
        this.audio.play().catch(() => window.addEventListener("keydown", () => void this.audio.play(), { once: true }));
      });
      peerconnection.addEventListener("iceconnectionstatechange", () => this.mendPath(session, peerconnection));
    });
  }

  /** Another network under the same conversation: the path is looked for anew before the browser gives it up. */
  private mendPath(session: RTCSession, connection: RTCPeerConnection): void {
    if (connection.iceConnectionState !== "disconnected") return;
    setTimeout(() => {
      if (connection.iceConnectionState !== "disconnected" || this.session !== session || !session.isEstablished()) return;
      if (this.ua?.isConnected() === true) session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
    }, ICE_PATIENCE_MS);
  }

  private talks(session: RTCSession): void {
    this.ringer.silence();
    this.options.store.setCall({ state: "talking" });
    // JsSIP must know it: it switches the voice on again with each new offer.
    if (this.options.store.get().call?.muted === true) session.mute({ audio: true });
    // Unplugged between its opening and now, when there was no conversation yet to replace it in.
    if (this.microphone.gone) void this.replaceMicrophone();
    this.endMeasuring();
    const measuring = measureCall(session.connection, {
      call: this.options.call,
      measured: (quality) => {
        if (this.session === session) this.options.store.setCall({ quality });
      },
      tell: this.options.tellQuality,
    });
    this.endMeasuring = measuring.stop;
    session.on("ended", measuring.tell);
  }

  private over(): void {
    this.ringer.silence();
    this.endMeasuring();
    this.microphone.release();
    this.audio.srcObject = null;
    this.session = null;
    this.options.store.set({ call: null });
    // One that could not be opened for this call may be there for the next.
    if (!this.stopped && this.microphone.problem !== null) void this.microphone.check();
  }

  // --- devices -------------------------------------------------------------------------------------------

  private async chooseSpeaker(): Promise<void> {
    try {
      await playOn(this.audio, (await resolve("speaker")).id);
    } catch {
      // The device went in this moment; the change is told of again.
    }
    await this.tellLost();
  }

  private async tellLost(): Promise<void> {
    const roles = ["microphone", "speaker", "ringer"] as const satisfies readonly Role[];
    const missing = await Promise.all(roles.map(async (role) => ((await resolve(role)).missing ? [role] : [])));
    this.options.store.set({ lost: missing.flat() });
  }

  private async replaceMicrophone(): Promise<void> {
    const { session } = this;
    if (session !== null) await this.microphone.replace(session, () => this.options.store.get().call?.muted === true);
  }

  private readonly onDevices = (): void => void this.devicesChanged();
}
