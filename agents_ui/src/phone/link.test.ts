// JsSIP itself, over a socket that takes everything and says nothing: a link that died while the computer slept.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Tab } from "@/test/phone";
import { PhoneEngine } from "./engine";

vi.mock("./ringer", async () => (await import("@/test/phone")).ringer);

class Line {
  static readonly OPEN = 1;
  static readonly all: Line[] = [];
  static swallows = false;
  /** Another does not even open. */
  static opens = true;
  readonly OPEN = 1;
  readonly CONNECTING = 0;
  readyState = 0;
  readonly heard: string[] = [];
  onopen: () => void = () => undefined;
  onmessage: (event: { data: string }) => void = () => undefined;
  constructor() {
    Line.all.push(this);
    if (!Line.opens) return;
    setTimeout(() => {
      this.readyState = 1;
      this.onopen();
    }, 10);
  }
  send(message: string): void {
    this.heard.push(message);
    if (Line.swallows || !message.startsWith("REGISTER")) return;
    const kept = message.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq|Contact):/.test(line));
    const answer = ["SIP/2.0 200 OK", ...kept.map((line) => (line.startsWith("To:") ? `${line};tag=x` : line)), "Expires: 120", "Content-Length: 0", "", ""];
    setTimeout(() => this.onmessage({ data: answer.join("\r\n") }), 10);
  }
  close(): void {
    // The other side is gone: nothing confirms it, and no event comes.
    this.readyState = 2;
  }
}

let tab: Tab;

beforeEach(() => {
  vi.useFakeTimers();
  Line.all.length = 0;
  Line.swallows = false;
  Line.opens = true;
  vi.stubGlobal("WebSocket", Line);
  tab = new Tab(PhoneEngine);
});

afterEach(() => {
  tab.engine.stop();
  vi.unstubAllGlobals();
});

const live = () => Line.all.filter((line) => line.readyState < 2);

it("is found out in seconds after the wake, and replaced until one answers", async () => {
  tab.engine.start();
  await vi.advanceTimersByTimeAsync(100);
  expect(tab.problem).toBeNull();
  expect(Line.all).toHaveLength(1);

  Line.swallows = true;
  tab.engine.recheck();
  await vi.advanceTimersByTimeAsync(10_100);
  expect(tab.problem).toBe("unreachable");
  expect(live()).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(60_000);
  // Not in a storm, and one at a time.
  expect(Line.all.length).toBeGreaterThan(4);
  expect(Line.all.length).toBeLessThan(9);
  expect(live().length).toBeLessThanOrEqual(1);

  Line.opens = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(live().length).toBeLessThanOrEqual(1);

  Line.opens = true;
  Line.swallows = false;
  await vi.advanceTimersByTimeAsync(25_000);
  expect(tab.problem).toBeNull();
  expect(live()).toHaveLength(1);
  const before = Line.all.length;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(Line.all).toHaveLength(before);
  expect(tab.problem).toBeNull();
});
