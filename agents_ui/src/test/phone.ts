// A phone whose SIP, sound and devices are played: what a test of the engine needs. `vi.mock` stays with the test.
import { EventEmitter } from "node:events";
import { vi } from "vitest";
import type { PhoneEngine } from "@/phone/engine";
import { PhoneStore } from "@/phone/state";

export class Ua extends EventEmitter {
  static readonly made: Ua[] = [];
  readonly said: Record<string, string> = {};
  registers = 0;
  stopped = false;
  up = false;
  readonly options: Record<string, string>;
  constructor(options: Record<string, string>) {
    super();
    this.options = options;
    Ua.made.push(this);
  }
  start(): void {
    this.up = true;
  }
  stop(): void {
    this.stopped = true;
  }
  set(key: string, value: string): void {
    this.said[key] = value;
  }
  register(): void {
    this.registers += 1;
  }
  isRegistered(): boolean {
    return false;
  }
  isConnected(): boolean {
    return this.up;
  }
}

class Socket {
  ondata(): void {
    // Nothing comes.
  }
  disconnect(): void {
    // Nothing is open.
  }
  ondisconnect(): void {
    ua().emit("disconnected");
  }
}

export const jssip = { default: { UA: Ua, WebSocketInterface: Socket } };

/** jsdom has no sound. */
export const sounds = { ring: vi.fn(() => Promise.resolve()), silence: vi.fn(), connectTone: vi.fn(() => Promise.resolve()) };
export const ringer = { Ringer: class { ring = sounds.ring; silence = sounds.silence; }, connectTone: sounds.connectTone };

export class Track {
  readonly kind = "audio";
  readyState = "live";
  enabled = true;
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}

export class Stream {
  readonly track = new Track();
  readonly device: string;
  constructor(device: string) {
    this.device = device;
  }
  getTracks(): Track[] {
    return [this.track];
  }
  getAudioTracks(): Track[] {
    return [this.track];
  }
}

type Answer = { mediaStream: Stream; pcConfig: RTCConfiguration };

export class Session extends EventEmitter {
  readonly direction = "incoming";
  readonly remote_identity = { display_name: "", uri: { user: "" } };
  state: "ringing" | "talking" | "ended" = "ringing";
  answered: Answer | null = null;
  /** Whether a voice was let out at the moment of the answer. */
  openAtAnswer: boolean | null = null;
  terminated: unknown = null;
  readonly mute = vi.fn(() => this.enable(false));
  readonly unmute = vi.fn(() => this.enable(true));
  readonly sender = {
    track: null as Track | null,
    replaceTrack: (track: Track) => {
      this.sender.track = track;
      return Promise.resolve();
    },
  };
  readonly connection = { getSenders: () => [this.sender], getStats: () => Promise.resolve(new Map()), close: vi.fn() };
  isEnded(): boolean {
    return this.state === "ended";
  }
  isEstablished(): boolean {
    return this.state === "talking";
  }
  answer(options: Answer): void {
    this.answered = options;
    this.sender.track = options.mediaStream.track;
    this.openAtAnswer = options.mediaStream.track.enabled;
    this.state = "talking";
    this.emit("accepted");
  }
  terminate(how: unknown): void {
    this.terminated = how;
    this.end();
  }
  end(): void {
    this.state = "ended";
    this.emit("ended");
  }
  private enable(on: boolean): void {
    if (this.sender.track !== null) this.sender.track.enabled = on;
  }
}

export const RELAY: RTCIceServer = { urls: ["turn:relay"], username: "u", credential: "c" };

type Media = EventTarget & { getUserMedia: (asked: { audio: { deviceId?: { exact: string } } }) => Promise<unknown> };

export const settled = () => vi.advanceTimersByTimeAsync(0);
export function ua(): Ua {
  const last = Ua.made.at(-1);
  if (last === undefined) throw new Error("the phone was not started");
  return last;
}

/** One tab with a phone. What it may do wrong, and what the server says, is set by the test. */
export class Tab {
  readonly store = new PhoneStore();
  readonly opened: Stream[] = [];
  devices = ["default", "headset"];
  refuse: Error | null = null;
  /** The server gives no credential. */
  fails = false;
  talks = false;
  call: string | null = "main:1.1";
  /** The internal call that the picture has. */
  shown: string | null = null;
  readonly permission = Object.assign(new EventTarget(), { state: "granted" });
  readonly media: Media;
  readonly engine: PhoneEngine;
  private given = 0;

  constructor(Engine: typeof PhoneEngine) {
    this.media = Object.assign(new EventTarget(), {
      enumerateDevices: () => Promise.resolve(this.devices.map((deviceId) => ({ deviceId, label: deviceId, kind: "audioinput" }))),
      getUserMedia: ({ audio }: { audio: { deviceId?: { exact: string } } }): Promise<unknown> => {
        const device = audio.deviceId?.exact ?? "default";
        if (this.refuse !== null) return Promise.reject(this.refuse);
        if (!this.devices.includes(device)) return Promise.reject(new DOMException("none", "NotFoundError"));
        const stream = new Stream(device);
        this.opened.push(stream);
        return Promise.resolve(stream);
      },
    });
    vi.stubGlobal("navigator", { mediaDevices: this.media, permissions: { query: () => Promise.resolve(this.permission) } });
    vi.stubGlobal("Audio", class { autoplay = false; srcObject = null; });
    this.engine = new Engine({
      url: "ws://here/sip",
      station: "a1001",
      store: this.store,
      credential: () => {
        if (this.fails) return Promise.reject(new Error("away"));
        this.given += 1;
        return Promise.resolve({ uri: "sip:a1001@x", token: `t${this.given}`, renew_seconds: 150, ice_servers: this.given === 1 ? [] : [RELAY] });
      },
      call: () => this.call,
      shows: (intercom) => this.shown === intercom,
      talks: () => this.talks,
      tellQuality: () => undefined,
    });
  }

  get problem(): string | null {
    return this.store.get().problem;
  }

  async registered(): Promise<void> {
    this.engine.start();
    await settled();
    ua().emit("connected");
    ua().emit("registered");
  }

  /** A call rings, one of the server's, or an internal one. */
  rings(callInfo = "", intercom?: string): Session {
    const session = new Session();
    const headers: Record<string, string | undefined> = { "Call-Info": callInfo, "X-CC-Colleague": intercom };
    ua().emit("newRTCSession", { session, request: { getHeader: (name: string) => headers[name] } });
    return session;
  }

  /** A call rings that asks to be answered. */
  async answersByItself(intercom?: string): Promise<Session> {
    const session = this.rings("<sip:x>;answer-after=0", intercom);
    await settled();
    return session;
  }

  permit(state: string): Promise<unknown> {
    this.permission.state = state;
    this.permission.dispatchEvent(new Event("change"));
    return settled();
  }

  plug(...there: string[]): Promise<unknown> {
    this.devices = there;
    this.media.dispatchEvent(new Event("devicechange"));
    return settled();
  }
}
