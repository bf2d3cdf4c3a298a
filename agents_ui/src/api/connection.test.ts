import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { agentView } from "@/test/samples";
import { Connection, type SocketLike } from "./connection";
import { EntityStore } from "./store";
import type { ClientMessage, ServerMessage } from "./types";

class FakeSocket implements SocketLike {
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  readonly sent: ClientMessage[] = [];
  closed = false;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }
  close(): void {
    this.closed = true;
  }
  open(): void {
    this.onopen?.(new Event("open"));
  }
  say(message: ServerMessage): void {
    this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
  raw(data: string): void {
    this.onmessage?.(new MessageEvent("message", { data }));
  }
  drop(code: number): void {
    this.onclose?.(new CloseEvent("close", { code }));
  }
}

const welcome = (leads = true, version = "v1"): ServerMessage => ({ type: "welcome", node: "n1", version, leads });
const snapshot = (seq = 5, epoch = "e1"): ServerMessage => ({ type: "snapshot", epoch, seq, entities: { "agent/anna": agentView() } });

let sockets: FakeSocket[];
let store: EntityStore;
let signedOut: ReturnType<typeof vi.fn<() => void>>;
let gone: boolean;
let stale: boolean;
let connection: Connection;

function last(): FakeSocket {
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error("no socket was opened");
  return socket;
}

function goLive(): FakeSocket {
  last().open();
  last().say(welcome());
  last().say(snapshot());
  return last();
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  store = new EntityStore();
  signedOut = vi.fn<() => void>();
  gone = false;
  stale = false;
  connection = new Connection({
    url: "ws://test/ws",
    store,
    tab: "tab-00000001",
    isStale: () => Promise.resolve(stale),
    isSignedOut: () => Promise.resolve(gone),
    onSignedOut: signedOut,
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    random: () => 0,
  });
  connection.start();
});

afterEach(() => {
  connection.stop();
});

describe("Connection", () => {
  it("says hello, and is live with the snapshot, not before", () => {
    last().open();
    expect(last().sent[0]).toEqual({ type: "hello", tab: "tab-00000001", resume: null, led: false });
    last().say(welcome());
    expect(connection.status().phase).toBe("connecting");
    last().say(snapshot());
    expect(connection.status()).toMatchObject({ phase: "live", leads: true, everLive: true });
    expect(store.get("agent/anna")).toBeDefined();
  });

  it("resumes where it stopped after the server went away", () => {
    const first = goLive();
    first.say({ type: "changes", seq: 9, changes: [{ key: "agent/anna", entity: agentView({ state: "paused" }) }] });
    first.drop(1001);
    expect(connection.status().phase).toBe("waiting");
    expect(store.get("agent/anna")).toBeDefined(); // the last picture stays on screen
    vi.advanceTimersByTime(300);
    expect(sockets).toHaveLength(2);
    last().open();
    expect(last().sent[0]).toMatchObject({ resume: { epoch: "e1", seq: 9 }, led: true });
    last().say(welcome());
    last().say({ type: "changes", seq: 9, changes: [] });
    expect(connection.status()).toMatchObject({ phase: "live", lostAt: null });
  });

  it("takes a fresh picture of another epoch", () => {
    goLive().drop(1006);
    vi.advanceTimersByTime(300);
    last().open();
    last().say(welcome());
    last().say({ type: "snapshot", epoch: "e2", seq: 1, entities: {} });
    expect(store.get("agent/anna")).toBeUndefined();
    last().drop(1006);
    vi.advanceTimersByTime(300);
    last().open();
    expect(last().sent[0]).toMatchObject({ resume: { epoch: "e2", seq: 1 } });
  });

  it("accepts jumps forward and starts over when the order goes back", () => {
    const socket = goLive();
    socket.say({ type: "changes", seq: 40, changes: [] });
    expect(connection.status().phase).toBe("live");
    socket.say({ type: "changes", seq: 39, changes: [{ key: "agent/anna", entity: null }] });
    expect(store.get("agent/anna")).toBeDefined();
    expect(socket.closed).toBe(true);
    vi.advanceTimersByTime(300);
    last().open();
    expect(last().sent[0]).toMatchObject({ resume: null });
  });

  it("starts over on a frame that is not JSON", () => {
    goLive().raw("{");
    expect(connection.status().phase).toBe("waiting");
  });

  it("asks for a snapshot after being too slow", () => {
    goLive().drop(4408);
    vi.advanceTimersByTime(300);
    last().open();
    expect(last().sent[0]).toMatchObject({ resume: null });
  });

  it("waits longer each time, and never longer than its limit", async () => {
    goLive().drop(1006);
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      const before = sockets.length;
      let waited = 0;
      while (sockets.length === before && waited < 60_000) {
        await vi.advanceTimersByTimeAsync(25);
        waited += 25;
      }
      waits.push(waited);
      last().drop(1006);
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(waits[0]).toBeLessThanOrEqual(150);
    expect(waits[3]).toBeGreaterThan(waits[1] ?? 0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_100);
  });

  it("pings, and takes silence for a dead link", () => {
    const socket = goLive();
    vi.advanceTimersByTime(10_000);
    const pings = socket.sent.filter((message) => message.type === "ping");
    expect(pings.length).toBeGreaterThanOrEqual(2);
    expect(connection.status().phase).toBe("live");
    vi.advanceTimersByTime(15_000);
    expect(connection.status().phase).not.toBe("live");
    expect(socket.closed).toBe(true);
  });

  it("stops when signed out elsewhere", () => {
    goLive().drop(4401);
    expect(signedOut).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
  });

  it("asks whether the session is gone when a handshake fails", async () => {
    gone = true;
    last().drop(1006);
    await vi.advanceTimersByTimeAsync(0);
    expect(signedOut).toHaveBeenCalledOnce();
  });

  it("goes offline with the browser and comes back with it", () => {
    goLive();
    window.dispatchEvent(new Event("offline"));
    expect(connection.status().phase).toBe("offline");
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    window.dispatchEvent(new Event("online"));
    expect(sockets).toHaveLength(2);
  });

  it("follows the lead and asks for it", () => {
    const socket = goLive();
    socket.say({ type: "lead", leads: false });
    expect(connection.status().leads).toBe(false);
    connection.takeLead();
    expect(socket.sent.at(-1)).toEqual({ type: "lead" });
    socket.say({ type: "lead", leads: true });
    expect(connection.status().leads).toBe(true);
  });

  it("offers a reload only for another build", async () => {
    goLive();
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.status().newBuild).toBe(false);
    stale = true;
    last().drop(1001);
    vi.advanceTimersByTime(300);
    last().open();
    last().say(welcome(true, "v2"));
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.status().newBuild).toBe(true);
  });

  it("ignores an old socket that speaks late", () => {
    const old = goLive();
    const speak = old.onmessage;
    old.drop(1006);
    vi.advanceTimersByTime(300);
    speak?.(new MessageEvent("message", { data: JSON.stringify({ type: "lead", leads: false }) }));
    expect(connection.status().leads).toBe(true);
  });
});

describe("what happened while the picture was away", () => {
  function returns(epoch = "e1", node = "n1"): void {
    vi.advanceTimersByTime(1_000);
    last().open();
    last().say({ type: "welcome", node, version: "v1", leads: true });
    last().say(snapshot(9, epoch));
  }

  it("says nothing of the first picture", () => {
    connection.start();
    goLive();
    expect(connection.status().back).toBeNull();
  });

  it("tells a cut from a restart and from another node", () => {
    connection.start();
    goLive().drop(1006);
    vi.advanceTimersByTime(14_000);
    returns();
    expect(connection.status().back).toMatchObject({ cause: "cut" });
    connection.seen();
    expect(connection.status().back).toBeNull();
    last().drop(1006);
    returns("e2");
    expect(connection.status().back).toMatchObject({ cause: "restart" });
    last().drop(1006);
    returns("e2", "n2");
    expect(connection.status().back).toMatchObject({ cause: "restart" });
  });

  it("knows sleep by the clock, whether the link outlived it or not", () => {
    const start = Date.now();
    connection.start();
    goLive();
    vi.advanceTimersByTime(5_000);
    vi.setSystemTime(start + 5_000 + 720_000); // timers stood still
    vi.advanceTimersByTime(5_000);
    expect(last().sent.at(-1)).toMatchObject({ type: "ping" });
    last().say({ type: "pong", n: 99 });
    expect(connection.status().back?.cause).toBe("sleep");
    expect(connection.status().back?.seconds).toBeGreaterThan(719);
    connection.seen();
    vi.setSystemTime(Date.now() + 200_000);
    vi.advanceTimersByTime(5_000);
    vi.advanceTimersByTime(4_500); // nobody answers: the link is dead
    returns();
    expect(connection.status().back?.cause).toBe("sleep");
  });

  it("takes a hidden tab's late timers for no sleep", () => {
    connection.start();
    goLive();
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(5_000);
    last().say({ type: "pong", n: 1 });
    expect(connection.status().back).toBeNull();
  });
});
