import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RELAY, type Session, settled, sounds, Tab, Ua, ua } from "@/test/phone";
import { PhoneEngine } from "./engine";

vi.mock("jssip", async () => (await import("@/test/phone")).jssip);
vi.mock("./ringer", async () => (await import("@/test/phone")).ringer);

let tab: Tab;

beforeEach(() => {
  vi.useFakeTimers();
  Ua.made.length = 0;
  window.localStorage.clear();
  sounds.ring.mockClear();
  sounds.connectTone.mockClear();
  tab = new Tab(PhoneEngine);
});

afterEach(() => {
  tab.engine.stop();
  vi.unstubAllGlobals();
});

describe("the registration", () => {
  it("takes a new credential in time, again and again, without registering anew", async () => {
    await tab.registered();
    expect(tab.problem).toBeNull();
    expect(ua().options.authorization_jwt).toBe("Bearer t1");
    await vi.advanceTimersByTimeAsync(150_000);
    expect(ua().said.authorization_jwt).toBe("Bearer t2");
    await vi.advanceTimersByTimeAsync(150_000);
    expect(ua().said.authorization_jwt).toBe("Bearer t3");
    expect(Ua.made).toHaveLength(1);
  });

  it("asks again in seconds when the server could not be asked", async () => {
    await tab.registered();
    tab.fails = true;
    await vi.advanceTimersByTimeAsync(150_000);
    expect(ua().said.authorization_jwt).toBeUndefined();
    tab.fails = false;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(ua().said.authorization_jwt).toBe("Bearer t2");
  });

  it("says with the server's words that it was refused, and tries again with a new credential", async () => {
    await tab.registered();
    ua().emit("registrationFailed", { response: { reason_phrase: "the credential has expired" } });
    const refused = { problem: "refused", reason: "the credential has expired" };
    expect(tab.store.get()).toMatchObject(refused);
    tab.media.dispatchEvent(new Event("devicechange"));
    await settled();
    expect(tab.store.get()).toMatchObject(refused);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(ua().said.authorization_jwt).toBe("Bearer t2");
    expect(ua().registers).toBeGreaterThan(0);
    ua().emit("registered");
    expect(tab.store.get()).toMatchObject({ problem: null, reason: "" });
  });

  it("says that the link is lost, and that it is back", async () => {
    await tab.registered();
    ua().emit("disconnected");
    expect(tab.problem).toBe("unreachable");
    ua().emit("connected");
    expect(tab.problem).toBe("connecting");
    ua().emit("registered");
    expect(tab.problem).toBeNull();
    ua().emit("registrationFailed", { response: null });
    expect(tab.problem).toBe("unreachable");
  });

  it("on a socket that takes it and never answers is made anew on another", async () => {
    await tab.registered();
    expect(tab.problem).toBeNull();
    tab.engine.recheck();
    await settled();
    expect(ua().registers).toBe(1);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(tab.problem).toBeNull();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(tab.problem).toBe("unreachable");
    expect(Ua.made).toHaveLength(1);
  });
});

describe("a call", () => {
  it("answers by itself where its INVITE asks for it, over the servers of the newest credential", async () => {
    await tab.registered();
    await vi.advanceTimersByTimeAsync(150_000);
    const session = tab.rings("<sip:x>;answer-after=0");
    await settled();
    expect(sounds.ring).not.toHaveBeenCalled();
    expect(session.answered?.pcConfig).toEqual({ iceServers: [RELAY] });
  });

  it("that is answered by itself is heard to be, but not when only its voice is renewed", async () => {
    await tab.registered();
    tab.rings().end();
    expect(sounds.connectTone).not.toHaveBeenCalled();
    (await tab.answersByItself()).end();
    expect(sounds.connectTone).toHaveBeenCalledOnce();
    tab.talks = true;
    await tab.answersByItself();
    expect(sounds.connectTone).toHaveBeenCalledOnce();
  });

  it("is busy while there is another", async () => {
    await tab.registered();
    tab.rings();
    expect(tab.rings().terminated).toEqual({ status_code: 486 });
  });

  it("takes the place of a conversation that the server does not know of any more, and of no other", async () => {
    await tab.registered();
    const lost = await tab.answersByItself();
    tab.talks = true;
    expect(tab.rings().terminated).toEqual({ status_code: 486 });
    expect(lost.isEnded()).toBe(false);
    tab.talks = false;
    const next = tab.rings();
    expect(lost.isEnded()).toBe(true);
    expect(next.terminated).toBeNull();
    expect(tab.store.get().call?.state).toBe("ringing");
  });

  it("waits no longer for candidates than it must", async () => {
    await tab.registered();
    const near = tab.rings();
    const ready = vi.fn();
    near.emit("icecandidate", { candidate: { type: "host" }, ready });
    await vi.advanceTimersByTimeAsync(20);
    expect(ready).toHaveBeenCalledOnce();
    near.end();
    await vi.advanceTimersByTimeAsync(150_000);
    const far = tab.rings();
    const later = vi.fn();
    far.emit("icecandidate", { candidate: { type: "host" }, ready: later });
    await vi.advanceTimersByTimeAsync(100);
    expect(later).not.toHaveBeenCalled();
    far.emit("icecandidate", { candidate: { type: "relay" }, ready: later });
    await vi.advanceTimersByTimeAsync(20);
    expect(later).toHaveBeenCalled();
  });

  it("is left to the server when the phone is let go, without a BYE", async () => {
    await tab.registered();
    const session = tab.rings();
    await settled();
    tab.engine.answer();
    await settled();
    tab.engine.stop();
    expect(session.connection.close).toHaveBeenCalled();
    expect(session.terminated).toBeNull();
    expect(ua().stopped).toBe(true);
    expect(tab.opened.every((one) => one.track.stopped)).toBe(true);
  });
});

describe("an internal call", () => {
  it("rings only once the console shows it", async () => {
    await tab.registered();
    tab.rings("", "i17");
    tab.engine.ringIfShown();
    expect(sounds.ring).not.toHaveBeenCalled();
    expect(tab.store.get().call).toMatchObject({ state: "ringing", intercom: "i17" });
    tab.shown = "i16";
    tab.engine.ringIfShown();
    expect(sounds.ring).not.toHaveBeenCalled();
    tab.shown = "i17";
    tab.engine.ringIfShown();
    expect(sounds.ring).toHaveBeenCalledOnce();
  });

  it("rings at once where the console shows it already, and no more once it is answered", async () => {
    await tab.registered();
    tab.shown = "i17";
    tab.rings("", "i17");
    expect(sounds.ring).toHaveBeenCalledOnce();
    tab.engine.answer();
    tab.engine.ringIfShown();
    await settled();
    expect(sounds.ring).toHaveBeenCalledOnce();
    expect(tab.store.get().call).toMatchObject({ state: "talking", intercom: "i17" });
  });

  it("is answered by itself at the phone from which it is made", async () => {
    await tab.registered();
    await tab.answersByItself("i17");
    expect(sounds.ring).not.toHaveBeenCalled();
    expect(tab.store.get().call).toMatchObject({ state: "talking", intercom: "i17" });
  });
});

describe("mute", () => {
  /** The page is reloaded, or another tab has the phone now: the station is called anew. */
  async function renewed(): Promise<Session> {
    tab.engine.stop();
    tab = new Tab(PhoneEngine);
    tab.talks = true;
    await tab.registered();
    return tab.answersByItself();
  }

  const muted = () => tab.store.get().call?.muted;
  let session: Session;

  beforeEach(async () => {
    await tab.registered();
    session = await tab.answersByItself();
    expect(session.openAtAnswer).toBe(true);
  });

  it("lasts over a reload, again and again, and nothing is heard before it", async () => {
    tab.engine.mute(true);
    for (let time = 0; time < 2; time += 1) {
      const session = await renewed();
      expect(session.openAtAnswer).toBe(false);
      expect(session.mute).toHaveBeenCalledWith({ audio: true });
      expect(session.sender.track?.enabled).toBe(false);
      expect(muted()).toBe(true);
    }
    tab.engine.mute(false);
    expect(muted()).toBe(false);
    expect((await renewed()).openAtAnswer).toBe(true);
    expect(muted()).toBe(false);
  });

  it("lasts when the station had to be called twice", async () => {
    tab.engine.mute(true);
    tab.engine.stop();
    tab = new Tab(PhoneEngine);
    tab.talks = true;
    await tab.registered();
    const vain = tab.rings();
    vain.state = "ended";
    vain.emit("failed");
    expect((await tab.answersByItself()).openAtAnswer).toBe(false);
  });

  it("is of one conversation: no other begins muted, not even of the same call", async () => {
    tab.engine.mute(true);
    tab.call = "main:2.1";
    tab.talks = true;
    session.end();
    session = await tab.answersByItself();
    expect(session.openAtAnswer).toBe(true);
    tab.engine.mute(true);
    session.end();
    expect((await tab.answersByItself()).openAtAnswer).toBe(true);
    expect(muted()).toBe(false);
  });
});
