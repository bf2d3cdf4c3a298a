import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { useEffect } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Interaction, PastIntercom } from "@/api/types";
import { awaitInPast, pastIntercomsKey } from "@/data/intercom";
import { useSession } from "@/data/session";
import { agentView, BORIS, INTERCOM, ME, pastIntercom } from "@/test/samples";
import { stage } from "@/test/stage";
import { Recent } from "./Recent";

const PAST = "GET /colleagues/calls";
const MINE = { by: "anna", to: "boris", by_name: "Anna", to_name: "Boris" } as const;
const CLIENTS = { call: "main:1.1", number: "+79161234567", queue: "sales", started_at: 900, ended_at: 950, outcome: "answered", disposition: "sold", note: "", talked: 40, client: null } as unknown as Interaction;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

let queries: QueryClient;

function Page() {
  const client = useQueryClient();
  useEffect(() => {
    queries = client;
  }, [client]);
  useSession();
  return <Recent me={ME} opened={null} onOpen={() => undefined} />;
}

function open(internal: readonly PastIntercom[] | { status: number }, colleague: Partial<Record<"state", string>> = {}, calls: readonly Interaction[] = []) {
  const answers: Record<string, unknown> = { "GET /session": ME, "GET /calls": { items: calls, next: null }, [PAST]: Array.isArray(internal) ? { items: internal } : internal };
  return { answers, ...stage(<Page />, { "agent/anna": agentView(), "colleague/boris": { ...BORIS, ...colleague } as typeof BORIS }, answers) };
}

const rows = async (): Promise<string[]> => (await screen.findAllByTestId("internal-row")).map((row) => row.textContent);

describe("one's own internal calls", () => {
  it("stand among the calls by time: with whom, when, how it ended, how long", async () => {
    open([pastIntercom({ id: "3", started_at: 990 }), pastIntercom({ id: "2", ...MINE, started_at: 880, outcome: "declined", answered_at: null, talked: 0 })], {}, [CLIENTS]);
    await screen.findByTestId("recent-row");
    const all = [...screen.getByTestId("recent-list").querySelectorAll("tbody tr")].map((row) => row.textContent);
    expect(all[0]).toMatch(/BorisB?Internal, incomingAnswered1:15$/);
    expect(all[1]).toContain("+7 916 123-45-67");
    expect(all[2]).toMatch(/BorisInternal, outgoingDeclined$/);
  });

  it("show the missed ones as such, and only to who missed them", async () => {
    open([
      pastIntercom({ id: "9", outcome: "no_answer", answered_at: null, talked: 0 }),
      pastIntercom({ id: "8", outcome: "cancelled", answered_at: null, talked: 0 }),
      pastIntercom({ id: "7", outcome: "declined", answered_at: null, talked: 0 }),
      pastIntercom({ id: "6", ...MINE, outcome: "no_answer", answered_at: null, talked: 0 }),
      pastIntercom({ id: "5", ...MINE, outcome: null, ended_at: null, talked: 0 }),
    ]);
    await rows();
    expect(screen.getAllByTestId("internal-row").map((row) => row.dataset.outcome)).toEqual(["missed", "missed", "declined", "no_answer", "running"]);
  });

  it("are asked for by one's name, since a supervisor is told of everybody's otherwise", async () => {
    const { sent } = open([pastIntercom()]);
    expect(await rows()).toHaveLength(1);
    expect(sent.find(({ path }) => path === "/colleagues/calls")?.query).toEqual({ agent: "anna", limit: "20" });
  });

  it("are called back by a press, and the newest by key", async () => {
    const { sent } = open([pastIntercom({ id: "2" }), pastIntercom({ id: "1", ...MINE })]);
    await waitFor(() => expect(screen.getAllByTestId("call-back-boris")).toHaveLength(2));
    fireEvent.keyDown(document.body, { code: "KeyB" });
    const call = { method: "POST", path: "/colleagues/call", body: { to: "boris" } };
    await waitFor(() => expect(sent.filter(({ method }) => method === "POST")).toEqual([call]));
    const second = screen.getAllByTestId("call-back-boris")[1];
    if (second === undefined) throw new Error("one row has no button");
    fireEvent.click(second);
    await waitFor(() => expect(sent.filter(({ method }) => method === "POST")).toEqual([call, call]));
  });

  it("are a text while the colleague can't be called", async () => {
    const { sent } = open([pastIntercom()], { state: "internal" });
    await rows();
    expect(screen.queryByTestId("call-back-boris")).toBeNull();
    fireEvent.keyDown(document.body, { code: "KeyB" });
    expect(sent.filter(({ method }) => method === "POST")).toEqual([]);
  });

  it("say so when they could not be read, beside the calls, and are asked for again", async () => {
    const { answers } = open({ status: 500 }, {}, [CLIENTS]);
    await screen.findByText(/could not be read/);
    expect(screen.getByTestId("recent-row")).toBeDefined();
    answers[PAST] = { items: [pastIntercom()] };
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await rows()).toHaveLength(1);
    expect(screen.queryByText(/could not be read/)).toBeNull();
  });

  it("wait, and may be none", async () => {
    open([]);
    expect(screen.getByRole("status")).toBeDefined();
    await screen.findByText(/No calls yet/);
  });

  it("are asked for until the one that has just ended is there", async () => {
    const { answers, sent } = open([pastIntercom({ ended_at: null, outcome: null })]);
    await rows();
    awaitInPast(INTERCOM);
    await act(() => queries.invalidateQueries({ queryKey: pastIntercomsKey }));
    answers[PAST] = { items: [pastIntercom()] };
    await waitFor(() => expect(screen.getByTestId("internal-row").dataset.outcome).toBe("answered"), { timeout: 3_000 });
    expect(sent.filter(({ path }) => path === "/colleagues/calls")).toHaveLength(3);
  });
});
