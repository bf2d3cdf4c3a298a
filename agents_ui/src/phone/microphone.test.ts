import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { settled, sounds, Tab, Ua } from "@/test/phone";
import { choose } from "./devices";
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

describe("the microphone", () => {
  it("that is missing or not allowed is said, and seen when that changes", async () => {
    tab.refuse = new DOMException("no", "NotAllowedError");
    await tab.registered();
    await settled();
    expect(tab.problem).toBe("microphone_denied");
    tab.refuse = null;
    await tab.permit("granted");
    expect(tab.problem).toBeNull();
    await tab.plug();
    expect(tab.problem).toBe("microphone_missing");
    await tab.plug("default");
    expect(tab.problem).toBeNull();
  });

  it("that the browser asks for anew is not there until the person answers", async () => {
    await tab.registered();
    await settled();
    const open = tab.media.getUserMedia;
    tab.media.getUserMedia = () => new Promise(() => undefined);
    await tab.permit("prompt");
    expect(tab.problem).toBe("microphone_denied");
    tab.media.getUserMedia = open;
    await tab.permit("granted");
    expect(tab.problem).toBeNull();
  });

  it("is open before the answer, is the chosen one, and is let go with the call", async () => {
    choose("microphone", { id: "headset", label: "headset" });
    await tab.registered();
    tab.opened.length = 0;
    const session = tab.rings();
    await settled();
    expect(tab.opened.map((one) => one.device)).toEqual(["headset"]);
    tab.engine.answer();
    await settled();
    expect(session.answered?.mediaStream).toBe(tab.opened[0]);
    expect(tab.opened).toHaveLength(1);
    session.end();
    expect(tab.opened[0]?.track.stopped).toBe(true);
    expect(tab.store.get().call).toBeNull();
  });

  it("is let go when the call rang in vain", async () => {
    await tab.registered();
    tab.opened.length = 0;
    const session = tab.rings();
    session.end();
    await settled();
    expect(tab.opened.map((one) => one.track.stopped)).toEqual([true]);
  });

  it("lets the call ring on when it could not be opened, and is tried again", async () => {
    await tab.registered();
    await tab.plug();
    const session = tab.rings();
    await settled();
    tab.engine.answer();
    await settled();
    expect(tab.store.get().call?.state).toBe("ringing");
    expect(sounds.ring).toHaveBeenCalledTimes(2);
    expect(tab.problem).toBe("microphone_missing");
    await tab.plug("default");
    tab.engine.answer();
    await settled();
    expect(session.answered?.mediaStream.device).toBe("default");
  });

  it("that failed once while it rang is no problem any more once it opens, for the answer or after the call", async () => {
    await tab.registered();
    await settled();
    tab.refuse = new DOMException("busy", "NotReadableError");
    const session = tab.rings();
    await settled();
    expect(tab.problem).toBe("microphone_missing");
    tab.refuse = null;
    tab.engine.answer();
    await settled();
    expect(session.answered).not.toBeNull();
    expect(tab.problem).toBeNull();
    session.end();
    await settled();
    tab.refuse = new DOMException("busy", "NotReadableError");
    const vain = tab.rings();
    await settled();
    expect(tab.problem).toBe("microphone_missing");
    tab.refuse = null;
    vain.end();
    await settled();
    expect(tab.problem).toBeNull();
    expect(tab.opened.every((one) => one.track.stopped)).toBe(true);
  });

  it("that is unplugged in mid-call is replaced by the system's own, muted as before, until it is back", async () => {
    choose("microphone", { id: "headset", label: "headset" });
    await tab.registered();
    const session = tab.rings();
    await settled();
    tab.engine.answer();
    await settled();
    session.emit("accepted");
    tab.engine.mute(true);
    await tab.plug("default");
    expect(tab.store.get().lost).toEqual(["microphone"]);
    expect(tab.opened.at(-1)).toMatchObject({ device: "default", track: { enabled: false, stopped: false } });
    expect(session.sender.track).toBe(tab.opened.at(-1)?.track);
    expect(tab.opened.slice(0, -1).every((one) => one.track.stopped)).toBe(true);
    await tab.plug();
    expect(tab.problem).toBe("microphone_missing");
    await tab.plug("default", "headset");
    expect(tab.store.get()).toMatchObject({ lost: [], problem: null });
    expect(session.sender.track).toBe(tab.opened.at(-1)?.track);
    expect(tab.opened.at(-1)?.device).toBe("headset");
  });

  it("that was unplugged while the call was answered is replaced as soon as there is a conversation", async () => {
    await tab.registered();
    const session = tab.rings();
    await settled();
    const first = tab.opened.at(-1);
    if (first !== undefined) first.track.readyState = "ended";
    tab.engine.answer();
    await settled();
    expect(session.sender.track).not.toBe(first?.track);
    expect(session.sender.track?.readyState).toBe("live");
    expect(first?.track.stopped).toBe(true);
  });
});
