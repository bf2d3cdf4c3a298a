import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Credential } from "./engine";
import { choose } from "./devices";
import { PhoneEngine } from "./engine";
import { PhoneStore } from "./state";

const made = vi.hoisted(() => ({ uas: [] as unknown[] }));
const ringer = vi.hoisted(() => ({ ring: vi.fn(() => Promise.resolve()), silence: vi.fn() }));

vi.mock("jssip", async () => {
  const { EventEmitter: Emitter } = await import("node:events");
  class UA extends Emitter {
    readonly said: Record<string, string> = {};
    registers = 0;
    stopped = false;
    up = false;
    readonly options: Record<string, string>;
    constructor(options: Record<string, string>) {
      super();
      this.options = options;
      made.uas.push(this);
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
  return { default: { UA, WebSocketInterface: EventTarget } };
});

// jsdom has no sound.
vi.mock("./ringer", () => ({ Ringer: class { ring = ringer.ring; silence = ringer.silence; } }));

type FakeUa = EventEmitter & { options: Record<string, string>; said: Record<string, string>; registers: number; stopped: boolean };

class Track {
  readonly kind = "audio";
  enabled = true;
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}

class Stream {
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

class Session extends EventEmitter {
  readonly direction = "incoming";
  state: "ringing" | "talking" | "ended" = "ringing";
  answered: { mediaStream: Stream; pcConfig: RTCConfiguration } | null = null;
  terminated: unknown = null;
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
  answer(options: { mediaStream: Stream; pcConfig: RTCConfiguration }): void {
    this.answered = options;
    this.sender.track = options.mediaStream.track;
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
}

const RELAY: RTCIceServer = { urls: ["turn:relay"], username: "u", credential: "c" };

let store: PhoneStore;
let engine: PhoneEngine;
let opened: Stream[];
let devices: string[];
let refuse: Error | null;
let fails: boolean;
let given: number;
let media: EventTarget & { getUserMedia: (asked: { audio: { deviceId?: { exact: string } } }) => Promise<unknown> };
let permission: EventTarget & { state: string };

const settled = () => vi.advanceTimersByTimeAsync(0);
const ua = () => made.uas.at(-1) as FakeUa;
const problem = () => store.get().problem;

async function registered(): Promise<void> {
  engine.start();
  await settled();
  ua().emit("connected");
  ua().emit("registered");
}

function rings(header = ""): Session {
  const session = new Session();
  ua().emit("newRTCSession", { session, request: { getHeader: () => header } });
  return session;
}

function permit(state: string): Promise<unknown> {
  permission.state = state;
  permission.dispatchEvent(new Event("change"));
  return settled();
}

function plug(...there: string[]): Promise<unknown> {
  devices = there;
  media.dispatchEvent(new Event("devicechange"));
  return settled();
}

beforeEach(() => {
  vi.useFakeTimers();
  made.uas.length = 0;
  opened = [];
  devices = ["default", "headset"];
  refuse = null;
  fails = false;
  given = 0;
  permission = Object.assign(new EventTarget(), { state: "granted" });
  media = Object.assign(new EventTarget(), {
    enumerateDevices: () => Promise.resolve(devices.map((deviceId) => ({ deviceId, label: deviceId, kind: "audioinput" }))),
    getUserMedia: ({ audio }: { audio: { deviceId?: { exact: string } } }): Promise<unknown> => {
      const device = audio.deviceId?.exact ?? "default";
      if (refuse !== null) return Promise.reject(refuse);
      if (!devices.includes(device)) return Promise.reject(new DOMException("none", "NotFoundError"));
      const stream = new Stream(device);
      opened.push(stream);
      return Promise.resolve(stream);
    },
  });
  vi.stubGlobal("navigator", { mediaDevices: media, permissions: { query: () => Promise.resolve(permission) } });
  vi.stubGlobal("Audio", class { autoplay = false; srcObject = null; });
  ringer.ring.mockClear();
  store = new PhoneStore();
  engine = new PhoneEngine({
    url: "ws://here/sip",
    station: "a1001",
    store,
    credential: (): Promise<Credential> => {
      if (fails) return Promise.reject(new Error("away"));
      given += 1;
      return Promise.resolve({ uri: "sip:a1001@x", token: `t${given}`, renew_seconds: 150, ice_servers: given === 1 ? [] : [RELAY] });
    },
    call: () => "main:1.1",
    tellQuality: () => undefined,
  });
});

afterEach(() => {
  engine.stop();
  vi.unstubAllGlobals();
});

describe("the registration", () => {
  it("takes a new credential in time, again and again, without registering anew", async () => {
    await registered();
    expect(problem()).toBeNull();
    expect(ua().options.authorization_jwt).toBe("Bearer t1");
    await vi.advanceTimersByTimeAsync(150_000);
    expect(ua().said.authorization_jwt).toBe("Bearer t2");
    await vi.advanceTimersByTimeAsync(150_000);
    expect(ua().said.authorization_jwt).toBe("Bearer t3");
    expect(made.uas).toHaveLength(1);
  });

  it("asks again in seconds when the server could not be asked", async () => {
    await registered();
    fails = true;
    await vi.advanceTimersByTimeAsync(150_000);
    expect(ua().said.authorization_jwt).toBeUndefined();
    fails = false;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(ua().said.authorization_jwt).toBe("Bearer t2");
  });

  it("says with the server's words that it was refused, and tries again with a new credential", async () => {
    await registered();
    ua().emit("registrationFailed", { response: { reason_phrase: "the credential has expired" } });
    expect(store.get()).toMatchObject({ problem: "refused", reason: "the credential has expired" });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(ua().said.authorization_jwt).toBe("Bearer t2");
    expect(ua().registers).toBeGreaterThan(0);
    ua().emit("registered");
    expect(store.get()).toMatchObject({ problem: null, reason: "" });
  });

  it("says that the link is lost, and that it is back", async () => {
    await registered();
    ua().emit("disconnected");
    expect(problem()).toBe("unreachable");
    ua().emit("connected");
    expect(problem()).toBe("connecting");
    ua().emit("registered");
    expect(problem()).toBeNull();
    ua().emit("registrationFailed", { response: null });
    expect(problem()).toBe("unreachable");
  });
});

describe("the microphone", () => {
  it("that is missing or not allowed is said, and seen when that changes", async () => {
    refuse = new DOMException("no", "NotAllowedError");
    await registered();
    await settled();
    expect(problem()).toBe("microphone_denied");
    refuse = null;
    await permit("granted");
    expect(problem()).toBeNull();
    await plug();
    expect(problem()).toBe("microphone_missing");
    await plug("default");
    expect(problem()).toBeNull();
  });

  it("that the browser asks for anew is not there until the person answers", async () => {
    await registered();
    await settled();
    const open = media.getUserMedia;
    media.getUserMedia = () => new Promise(() => undefined);
    await permit("prompt");
    expect(problem()).toBe("microphone_denied");
    media.getUserMedia = open;
    await permit("granted");
    expect(problem()).toBeNull();
  });

  it("is open before the answer, is the chosen one, and is let go with the call", async () => {
    choose("microphone", { id: "headset", label: "headset" });
    await registered();
    opened.length = 0;
    const session = rings();
    await settled();
    expect(opened.map((one) => one.device)).toEqual(["headset"]);
    engine.answer();
    await settled();
    expect(session.answered?.mediaStream).toBe(opened[0]);
    expect(opened).toHaveLength(1);
    session.end();
    expect(opened[0]?.track.stopped).toBe(true);
    expect(store.get().call).toBeNull();
  });

  it("is let go when the call rang in vain", async () => {
    await registered();
    opened.length = 0;
    const session = rings();
    session.end();
    await settled();
    expect(opened.map((one) => one.track.stopped)).toEqual([true]);
  });

  it("lets the call ring on when it could not be opened, and is tried again", async () => {
    await registered();
    await plug();
    const session = rings();
    await settled();
    engine.answer();
    await settled();
    expect(store.get().call?.state).toBe("ringing");
    expect(ringer.ring).toHaveBeenCalledTimes(2);
    expect(problem()).toBe("microphone_missing");
    await plug("default");
    engine.answer();
    await settled();
    expect(session.answered?.mediaStream.device).toBe("default");
  });

  it("that failed once while it rang is no problem any more once it opens, for the answer or after the call", async () => {
    await registered();
    await settled();
    refuse = new DOMException("busy", "NotReadableError");
    const session = rings();
    await settled();
    expect(problem()).toBe("microphone_missing");
    refuse = null;
    engine.answer();
    await settled();
    expect(session.answered).not.toBeNull();
    expect(problem()).toBeNull();
    session.end();
    await settled();
    refuse = new DOMException("busy", "NotReadableError");
    const vain = rings();
    await settled();
    expect(problem()).toBe("microphone_missing");
    refuse = null;
    vain.end();
    await settled();
    expect(problem()).toBeNull();
    expect(opened.every((one) => one.track.stopped)).toBe(true);
  });

  it("that is unplugged in mid-call is replaced by the system's own, muted as before, until it is back", async () => {
    choose("microphone", { id: "headset", label: "headset" });
    await registered();
    const session = rings();
    await settled();
    engine.answer();
    await settled();
    session.emit("accepted");
    Object.assign(session, { mute: () => undefined, unmute: () => undefined });
    engine.mute(true);
    await plug("default");
    expect(store.get().lost).toEqual(["microphone"]);
    expect(opened.at(-1)).toMatchObject({ device: "default", track: { enabled: false, stopped: false } });
    expect(session.sender.track).toBe(opened.at(-1)?.track);
    expect(opened.slice(0, -1).every((one) => one.track.stopped)).toBe(true);
    await plug();
    expect(problem()).toBe("microphone_missing");
    await plug("default", "headset");
    expect(store.get()).toMatchObject({ lost: [], problem: null });
    expect(session.sender.track).toBe(opened.at(-1)?.track);
    expect(opened.at(-1)?.device).toBe("headset");
  });
});

describe("a call", () => {
  it("answers by itself where its INVITE asks for it, over the servers of the newest credential", async () => {
    await registered();
    await vi.advanceTimersByTimeAsync(150_000);
    const session = rings("<sip:x>;answer-after=0");
    await settled();
    expect(ringer.ring).not.toHaveBeenCalled();
    expect(session.answered?.pcConfig).toEqual({ iceServers: [RELAY] });
  });

  it("is busy while there is another", async () => {
    await registered();
    rings();
    expect(rings().terminated).toEqual({ status_code: 486 });
  });

  it("waits no longer for candidates than it must", async () => {
    await registered();
    const near = rings();
    const ready = vi.fn();
    near.emit("icecandidate", { candidate: { type: "host" }, ready });
    await vi.advanceTimersByTimeAsync(20);
    expect(ready).toHaveBeenCalledOnce();
    near.end();
    await vi.advanceTimersByTimeAsync(150_000);
    const far = rings();
    const later = vi.fn();
    far.emit("icecandidate", { candidate: { type: "host" }, ready: later });
    await vi.advanceTimersByTimeAsync(100);
    expect(later).not.toHaveBeenCalled();
    far.emit("icecandidate", { candidate: { type: "relay" }, ready: later });
    await vi.advanceTimersByTimeAsync(20);
    expect(later).toHaveBeenCalled();
  });

  it("is left to the server when the phone is let go, without a BYE", async () => {
    await registered();
    const session = rings();
    await settled();
    engine.answer();
    await settled();
    engine.stop();
    expect(session.connection.close).toHaveBeenCalled();
    expect(session.terminated).toBeNull();
    expect(ua().stopped).toBe(true);
    expect(opened.every((one) => one.track.stopped)).toBe(true);
  });
});
