import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Entity } from "@/api/types";
import { agentView, callView, INTERCOM, intercomView, KNOWN, queueView, SITE } from "@/test/samples";
import { stage } from "@/test/stage";
import Floor from "./Floor";

const CALL = "main:1.1";
const now = (): number => Date.now() / 1000;
const server = (link: "up" | "down"): Entity => ({ kind: "server", server: "main", link, since: 1000 });

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("Floor", () => {
  it("shows who calls by name and number, the wait as it was when they were answered, and the talk", () => {
    const at = now();
    stage(<Floor me="sveta" onChat={() => undefined} />, {
      "agent/anna": agentView({ state: "talking", call: CALL }),
      [`call/${CALL}`]: callView({ state: "talking", arrived_at: at - 140, queued_at: at - 135, answered_at: at - 120 }),
      [`card/${CALL}`]: { kind: "card", call: CALL, card: KNOWN },
    });
    const row = screen.getByTestId("call-row");
    expect(row.textContent).toContain("Maria Lebedeva");
    expect(row.textContent).toContain("+7 916 123-45-67");
    expect(within(row).getByTestId("call-wait").textContent).toBe("0:15");
    expect(within(row).getByTestId("call-talk").textContent).toMatch(/^(1:59|2:0\d)$/);
    expect(screen.getByTestId("agent-row-anna").textContent).toContain("Maria Lebedeva");
  });

  it("says how many are rung for a call at once, and who", () => {
    const call = callView({ agent: null, offer: null, offer_state: "ringing", rung: ["anna", "boris", "vera"] });
    const { store } = stage(<Floor me="sveta" onChat={() => undefined} />, {
      "agent/anna": agentView({ state: "offered", call: CALL }),
      "agent/boris": agentView({ agent: "boris", name: "Boris", state: "offered", call: CALL }),
      [`call/${CALL}`]: call,
    });
    const rung = screen.getByTestId("call-rung");
    expect(rung.textContent).toContain("Rung at once: 3");
    expect(rung.title).toBe("Anna, Boris");
    act(() => store.apply([{ key: `call/${CALL}`, entity: { ...call, rung: ["boris"], agent: "boris" } }]));
    expect(screen.queryByTestId("call-rung")).toBeNull();
    expect(screen.getByTestId("call-row").textContent).toContain("Boris");
  });

  it("says who is in an internal call, and with whom", () => {
    stage(<Floor me="sveta" onChat={() => undefined} />, {
      "agent/anna": agentView({ state: "internal", intent: "paused", intent_reason: "lunch" }),
      "agent/boris": agentView({ agent: "boris", name: "Boris", state: "internal" }),
      [`intercom/${INTERCOM}`]: intercomView({ state: "talking" }),
    });
    expect(screen.getByTestId("agent-row-anna").textContent).toContain("Internalthen: Lunch");
    expect(screen.getByTestId("agent-row-anna").textContent).toContain("Boris");
    expect(screen.getByTestId("agent-row-boris").textContent).toContain("Anna");
    expect(screen.queryByTestId("call-row")).toBeNull();
  });

  it("counts the wait of who is not answered, red past the service level", () => {
    const limit = SITE.queues[0]?.service_level_seconds ?? 0;
    stage(<Floor me="sveta" onChat={() => undefined} />, { [`call/${CALL}`]: callView({ state: "waiting", queued_at: now() - limit - 5, agent: null }) });
    const row = screen.getByTestId("call-row");
    expect(row.textContent).toContain("+7 916 123-45-67"); // no card yet: the number alone
    expect(within(row).getByTestId("call-wait").querySelector(".hot")?.textContent).toMatch(/^0:2/);
    expect(within(row).getByTestId("call-talk").textContent).toBe("");
  });

  it("marks a queue in which callers wait and nobody works", () => {
    const { store } = stage(<Floor me="sveta" onChat={() => undefined} />, { "queue/sales": queueView({ waiting: 3, longest_since: now(), agents_ready: 0 }) });
    expect(screen.getByTestId("queue-waiting").className).toContain("hot");
    act(() => store.apply([{ key: "queue/sales", entity: queueView({ waiting: 3, longest_since: now(), agents_ready: 1 }) }]));
    expect(screen.getByTestId("queue-waiting").className).not.toContain("hot");
  });

  it("says when it is blind", () => {
    const { store } = stage(<Floor me="sveta" onChat={() => undefined} />, { "server/main": server("up") });
    expect(screen.queryByText(/We do not see calls/)).toBeNull();
    act(() => store.apply([{ key: "server/main", entity: server("down") }]));
    expect(screen.getByText(/We do not see calls/)).toBeDefined();
  });

  it("sorts operators by what they do, then by name when asked", () => {
    stage(<Floor me="sveta" onChat={() => undefined} />, {
      "agent/anna": agentView({ agent: "anna", name: "Anna", state: "offline" }),
      "agent/boris": agentView({ agent: "boris", name: "Boris", state: "talking" }),
    });
    const order = (): (string | undefined)[] => screen.getAllByTestId(/^agent-row-\w+$/).map((row) => row.dataset.testid).filter((id) => id !== "agent-row-state");
    expect(order()).toEqual(["agent-row-boris", "agent-row-anna"]);
    fireEvent.click(screen.getByRole("button", { name: "Name" }));
    expect(order()).toEqual(["agent-row-anna", "agent-row-boris"]);
  });

  it("changes an operator's state and shows what waits for the end of the call", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined); // the menu's focus trap finds nothing where nothing has a size
    const { sent, store } = stage(<Floor me="sveta" onChat={() => undefined} />, { "agent/anna": agentView({ state: "talking", call: CALL }) });
    fireEvent.click(screen.getByTestId("agent-actions-anna"));
    fireEvent.click(await screen.findByRole("menuitem", { name: "Lunch" }));
    await waitFor(() => expect(sent.filter(({ method }) => method !== "GET")).toEqual([{ method: "PUT", path: "/agents/anna/state", body: { state: "paused", reason: "lunch" } }]));
    expect(screen.getByTestId("agent-row-anna").textContent).not.toContain("then:"); // not before the server says so
    act(() => store.apply([{ key: "agent/anna", entity: agentView({ state: "talking", call: CALL, intent: "paused", intent_reason: "lunch" }) }]));
    expect(screen.getByTestId("agent-row-anna").textContent).toContain("then: Lunch");
  });
});
