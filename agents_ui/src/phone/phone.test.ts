import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Connection } from "@/api/connection";
import { EntityStore } from "@/api/store";
import { agentView, INTERCOM, intercomView, ME } from "@/test/samples";
import type { EngineOptions } from "./engine";
import { Phone } from "./phone";

const engine = vi.hoisted(() => ({ made: null as unknown as EngineOptions, ringIfShown: vi.fn() }));

vi.mock("./engine", () => ({
  PhoneEngine: class {
    ringIfShown = engine.ringIfShown;
    constructor(options: EngineOptions) {
      engine.made = options;
    }
    start(): void {
      // The test plays it.
    }
    stop(): void {
      // The test plays it.
    }
  },
}));

const KEY = `intercom/${INTERCOM}`;
const told = vi.fn<(problem: string | null, voice: boolean) => void>();
let entities: EntityStore;
let phone: Phone;

beforeEach(async () => {
  told.mockClear();
  engine.ringIfShown.mockClear();
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ station: "a1001", credential: { uri: "sip:x", token: "t", renew_seconds: 150, ice_servers: [] } })));
  entities = new EntityStore();
  entities.replace({ "agent/anna": agentView({ state: "internal" }), [KEY]: intercomView({ state: "talking" }) });
  const connection = { status: () => ({ phase: "live", leads: true }), subscribe: () => () => undefined, phone: told } as unknown as Connection;
  phone = new Phone({ me: ME, connection, entities });
  phone.start();
  await vi.waitFor(() => expect(phone.store.get().here).toBe(true));
});

afterEach(() => {
  phone.stop();
  vi.unstubAllGlobals();
});

it("tells the server that a page that was reloaded has no voice in its internal call", () => {
  phone.store.set({ problem: null });
  expect(told).toHaveBeenLastCalledWith(null, false);
});

it("keeps still of a voice that it had, whoever ended it first", () => {
  phone.store.set({ problem: null, call: { state: "talking", muted: false, quality: null, intercom: INTERCOM } });
  expect(told).toHaveBeenLastCalledWith(null, true);
  phone.store.set({ call: null });
  expect(told).toHaveBeenLastCalledWith(null, true);
  entities.apply([{ key: KEY, entity: null }]);
  expect(told).toHaveBeenLastCalledWith(null, true);
});

it("rings for what the picture brings", async () => {
  await vi.waitFor(() => expect(engine.made.shows(INTERCOM)).toBe(true));
  expect(engine.made.shows("main:intercom-3-a2002")).toBe(false);
  entities.apply([{ key: KEY, entity: intercomView() }]);
  expect(engine.ringIfShown).toHaveBeenCalledOnce();
});
