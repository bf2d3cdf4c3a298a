import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Theme } from "@/App";
import { LiveContext } from "@/api/collection";
import type { Connection, Status } from "@/api/connection";
import { EntityStore } from "@/api/store";
import type { Card, Entity } from "@/api/types";
import { readDraft } from "@/data/drafts";
import { agentView, callView, CLIENT, KNOWN, ME, queueView, SEVERAL, SITE, UNKNOWN } from "@/test/samples";
import { ClientView } from "./ClientView";
import { Desk } from "./Desk";

type Sent = { method: string; path: string; body: unknown };

let store: EntityStore;
let status: Status;
let painted: string[];
let sent: Sent[];
let answers: Map<string, { status: number; body: unknown }>;

const CALL = "main:1.1";
const offered = (card: Card | null): Record<string, Entity> => ({
  "agent/anna": agentView({ state: "offered", call: CALL, offer: `${CALL}/1` }),
  [`call/${CALL}`]: callView(),
  ...(card === null ? {} : { [`card/${CALL}`]: { kind: "card", call: CALL, card } satisfies Entity }),
});
const talking = (card: Card): Record<string, Entity> => ({
  ...offered(card),
  "agent/anna": agentView({ state: "talking", call: CALL }),
  [`call/${CALL}`]: callView({ state: "talking", answered_at: 1005, offer: null, offer_state: null }),
});
const wrapping = (): Record<string, Entity> => ({
  ...talking(KNOWN),
  "agent/anna": agentView({ state: "wrap_up", call: CALL, wrap_up_until: Date.now() / 1000 + 60 }),
  [`call/${CALL}`]: callView({ state: "ended", answered_at: 1005, ended_at: 1200, offer: null, offer_state: null }),
});

function show(entities: Record<string, Entity>, part: Partial<Status> = {}): void {
  store.replace(entities);
  status = { phase: "live", leads: true, newBuild: false, everLive: true, lostAt: null, node: "n1", back: null, ...part };
  const connection = {
    status: () => status,
    subscribe: () => () => undefined,
    painted: (offer: string) => painted.push(offer),
  } as unknown as Connection;
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  queries.setQueryData(["site"], SITE);
  render(
    <QueryClientProvider client={queries}>
      <Theme>
        <LiveContext value={{ store, connection }}>
          <Desk me={ME} viewed={null} onView={() => undefined} onSearch={() => undefined} />
        </LiveContext>
      </Theme>
    </QueryClientProvider>,
  );
}

beforeEach(() => {
  store = new EntityStore();
  painted = [];
  sent = [];
  answers = new Map();
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url, "http://localhost").pathname.replace("/api/v1", "");
    const text = await request.text();
    sent.push({ method: request.method, path: decodeURIComponent(path), body: text === "" ? null : JSON.parse(text) });
    const answer = answers.get(`${request.method} ${decodeURIComponent(path)}`);
    if (answer !== undefined) return new Response(JSON.stringify(answer.body), { status: answer.status, headers: { "Content-Type": "application/json" } });
    if (request.method === "GET") return new Response(JSON.stringify({ items: [], next: null, calls: [], tasks: [], callbacks: [] }), { headers: { "Content-Type": "application/json" } });
    return new Response(null, { status: 204 });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("Desk", () => {
  it("waits calmly", async () => {
    show({ "agent/anna": agentView(), "queue/sales": queueView({ waiting: 2 }) });
    expect(screen.getByTestId("idle-panel").textContent).toContain("Waiting for a call");
    expect(screen.getByTestId("my-queue-sales").textContent).toContain("2");
    await screen.findByText(/No calls yet/);
  });

  it("says so when the phone is missing", () => {
    show({ "agent/anna": agentView({ station_ready: false }) });
    expect(screen.getByTestId("idle-panel").textContent).toContain("not connected");
  });

  it("stays as it is in an internal call, of which the band above tells", () => {
    show({ "agent/anna": agentView({ state: "internal" }), "queue/sales": queueView() });
    expect(screen.queryByTestId("idle-panel")).toBeNull();
    expect(screen.getByTestId("my-queue-sales")).toBeDefined();
  });

  it("shows the card of an offer, speaks it, and tells that it is painted, once", async () => {
    show(offered(KNOWN));
    expect(screen.getByTestId("card-name").textContent).toBe("Maria Lebedeva");
    expect(screen.getByTestId("announce").textContent).toContain("Maria Lebedeva");
    expect(painted).toEqual([]); // not on commit: only after the frame
    await waitFor(() => expect(painted).toEqual([`${CALL}/1`]));
    act(() => store.apply([{ key: `call/${CALL}`, entity: callView({ offer_state: "ringing" }) }]));
    expect(screen.getByTestId("offer-panel").textContent).toContain("ringing");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(painted).toHaveLength(1);
  });

  it("shows its own offer of a call that rings at several, and with how many others", async () => {
    const rung = { agent: null, offer: null, rung: ["boris", "anna", "vera"], offers: 3 };
    show({
      ...offered(KNOWN),
      "agent/anna": agentView({ state: "offered", call: CALL, offer: `${CALL}/2` }),
      [`call/${CALL}`]: callView(rung),
    });
    await waitFor(() => expect(painted).toEqual([`${CALL}/2`]));
    expect(screen.getByTestId("rung-together").textContent).toContain("2 more operators");
    fireEvent.click(screen.getByTestId("decline"));
    await waitFor(() => expect(sent.find((item) => item.method === "POST")?.body).toEqual({ offer: `${CALL}/2` }));
    act(() => store.apply([{ key: `call/${CALL}`, entity: callView({ rung: ["anna"], offer: `${CALL}/2` }) }]));
    expect(screen.queryByTestId("rung-together")).toBeNull();
  });

  it("goes back to work in silence when another was quicker", () => {
    show({ ...offered(KNOWN), [`call/${CALL}`]: callView({ agent: null, offer: null, rung: ["anna", "boris"] }) });
    act(() =>
      store.apply([
        { key: "agent/anna", entity: agentView() },
        { key: `call/${CALL}`, entity: null },
        { key: `card/${CALL}`, entity: null },
      ]),
    );
    expect(screen.queryByTestId("offer-panel")).toBeNull();
    expect(screen.getByTestId("idle-panel")).toBeDefined();
    expect(screen.getByTestId("announce").textContent).toBe("");
  });

  it("is not painted before the card is there", async () => {
    show(offered(null));
    expect(screen.getByTestId("card-loading")).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(painted).toEqual([]);
    act(() => store.apply([{ key: `card/${CALL}`, entity: { kind: "card", call: CALL, card: KNOWN } }]));
    await waitFor(() => expect(painted).toEqual([`${CALL}/1`]));
  });

  it("tells it at once from a hidden tab, which gets no frames", () => {
    const hidden = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    show(offered(KNOWN));
    expect(painted).toEqual([`${CALL}/1`]);
    hidden.mockRestore();
  });

  it("declines by button and by key, and says why it was refused", async () => {
    answers.set(`POST /calls/${CALL}/decline`, { status: 409, body: { type: "x", title: "Conflict", status: 409, detail: "over", refusal: "too_late" } });
    show(offered(KNOWN));
    fireEvent.keyDown(window, { code: "KeyD", key: "D", shiftKey: true });
    await screen.findByText("Too late: it is already over.");
    expect(sent.find((item) => item.method === "POST")).toEqual({ method: "POST", path: `/calls/${CALL}/decline`, body: { offer: `${CALL}/1` } });
  });

  it("offers no action while the link is lost or another tab works", () => {
    show(offered(KNOWN), { phase: "waiting" });
    expect(screen.getByTestId<HTMLButtonElement>("decline").disabled).toBe(true);
    fireEvent.keyDown(window, { code: "KeyD", key: "D", shiftKey: true });
    expect(sent.filter((item) => item.method === "POST")).toEqual([]);
    expect(painted).toEqual([]);
  });

  it("does not paint from a tab that follows", async () => {
    show(offered(KNOWN), { leads: false });
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(painted).toEqual([]);
  });

  it("ranks candidates with reasons and picks by a digit", async () => {
    show(talking(SEVERAL));
    expect(screen.getByTestId("candidate-1").textContent).toContain("open deals: 2");
    expect(screen.getByTestId("candidate-2").textContent).toContain("told by the server");
    fireEvent.keyDown(window, { code: "Digit2", key: "2" });
    await waitFor(() => expect(sent.at(-1)).toEqual({ method: "PUT", path: `/calls/${CALL}/client`, body: { client: 8 } }));
  });

  it("makes a client of an unknown caller and links the call, without making him twice", async () => {
    const user = userEvent.setup();
    answers.set("POST /clients", { status: 201, body: { id: 11 } });
    answers.set(`PUT /calls/${CALL}/client`, { status: 503, body: { type: "x", title: "Busy", status: 503, detail: "", refusal: "busy" } });
    show(talking(UNKNOWN));
    await user.type(screen.getByTestId("client-name"), "Olga");
    await user.click(screen.getByTestId("save-client"));
    await screen.findByText(/server is busy/);
    answers.delete(`PUT /calls/${CALL}/client`);
    await user.click(screen.getByTestId("save-client"));
    await waitFor(() => expect(sent.filter((item) => item.path === `/calls/${CALL}/client`)).toHaveLength(2));
    const made = sent.filter((item) => item.path === "/clients");
    expect(made).toHaveLength(1);
    expect(made[0]?.body).toMatchObject({ name: "Olga", phones: ["+79161234567"], rank: "new" });
    expect(sent.at(-1)?.body).toEqual({ client: 11 });
  });

  it("names the bad field of a client", async () => {
    const user = userEvent.setup();
    answers.set("POST /clients", {
      status: 422,
      body: { type: "x", title: "x", status: 422, detail: "x", errors: [{ source: "body", field: "phones.0", code: "x", message: "x" }] },
    });
    show(talking(UNKNOWN));
    await user.type(screen.getByTestId("client-name"), "Olga");
    await user.click(screen.getByTestId("save-client"));
    await screen.findByText("This cannot be a phone number");
  });

  it("shows who is offered a handed-on call what was noted before, and saves nothing yet", async () => {
    answers.set(`GET /calls/${CALL}/note`, { status: 200, body: { own: { text: "", disposition: null, amount: null, callback_at: null, revision: 0 }, earlier: [{ agent: "boris", agent_name: "Boris", text: "Wants a quote", at: 1000 }] } });
    show({ ...offered(KNOWN), [`call/${CALL}`]: callView({ came_from: "boris" }) });
    expect((await screen.findByTestId("earlier-notes")).textContent).toContain("Wants a quote");
    expect(sent.filter(({ method, path }) => method === "PUT" && path.endsWith("/note"))).toEqual([]);
  });

  it("wraps up by keys: digit, note, Ctrl+Enter; only this queue's dispositions", async () => {
    const user = userEvent.setup();
    show(wrapping());
    expect(screen.queryByTestId("disposition-other_queue")).toBeNull();
    expect(screen.getByTestId<HTMLButtonElement>("finish-wrapup").disabled).toBe(true);
    await user.keyboard("2");
    expect(document.activeElement).toBe(screen.getByTestId("note"));
    expect(screen.getByTestId<HTMLButtonElement>("finish-wrapup").disabled).toBe(true); // the note is required
    await user.keyboard("On Wednesday");
    expect(readDraft("anna", CALL)).toMatchObject({ disposition: "callback", note: "On Wednesday" });
    fireEvent.keyDown(screen.getByTestId("note"), { code: "Enter", key: "Enter", ctrlKey: true });
    await waitFor(() => expect(sent.at(-1)).toEqual({ method: "POST", path: `/calls/${CALL}/wrap-up`, body: { disposition: "callback", note: "On Wednesday" } }));
    await waitFor(() => expect(readDraft("anna", CALL).note).toBe(""));
  });

  it("keeps the note of the talk through hang-up, and a refused wrap-up loses nothing", async () => {
    const user = userEvent.setup();
    answers.set(`POST /calls/${CALL}/wrap-up`, { status: 503, body: { type: "x", title: "x", status: 503, detail: "", refusal: "busy" } });
    show(talking(KNOWN));
    await user.type(screen.getByTestId("note"), "asked for a discount");
    act(() => store.replace(wrapping()));
    expect(screen.getByTestId<HTMLTextAreaElement>("note").value).toBe("asked for a discount");
    await user.click(screen.getByTestId("disposition-sold"));
    await user.click(screen.getByTestId("finish-wrapup"));
    await screen.findByText(/server is busy/);
    expect(readDraft("anna", CALL).note).toBe("asked for a discount");
  });

  it("sends a chosen disposition by itself before the server ends the wrap-up", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    show(wrapping());
    fireEvent.click(screen.getByTestId("disposition-sold"));
    await act(() => vi.advanceTimersByTimeAsync(57_000));
    expect(sent.filter(({ path }) => path.endsWith("/wrap-up"))).toEqual([]);
    await act(() => vi.advanceTimersByTimeAsync(2_000));
    expect(sent.findLast(({ path }) => path.endsWith("/wrap-up"))).toMatchObject({ body: { disposition: "sold", note: "" } });
  });

  it("asks calmly for what a wrap-up that ran out left open, sends it late, and forgets it with the next offer", async () => {
    const user = userEvent.setup();
    const leave = (): void => act(() => store.replace({ "agent/anna": agentView() }));
    show(wrapping());
    await user.type(screen.getByTestId("note"), "Wants a quote");
    leave();
    expect(screen.getByTestId("unfinished").textContent).toContain("Maria Lebedeva");
    expect(screen.getByTestId<HTMLTextAreaElement>("note").value).toBe("Wants a quote");
    await user.click(screen.getByTestId("disposition-sold"));
    await user.click(screen.getByTestId("send-unfinished"));
    await waitFor(() => expect(screen.queryByTestId("unfinished")).toBeNull());
    expect(sent.filter((item) => item.path.endsWith("/wrap-up"))).toEqual([{ method: "POST", path: `/calls/${CALL}/wrap-up`, body: { disposition: "sold", note: "Wants a quote" } }]);
    expect(readDraft("anna", CALL).note).toBe("");
    act(() => store.replace(wrapping()));
    leave();
    expect(screen.getByTestId("unfinished")).toBeDefined();
    act(() => store.replace(offered(KNOWN)));
    await screen.findByTestId("wrapup-draft");
    leave();
    expect(screen.queryByTestId("unfinished")).toBeNull();
  });

  it("says so when it is too late, and keeps the note until it is left", async () => {
    const user = userEvent.setup();
    answers.set(`POST /calls/${CALL}/wrap-up`, { status: 409, body: { type: "x", title: "x", status: 409, detail: "", refusal: "too_late" } });
    show(wrapping());
    await user.type(screen.getByTestId("note"), "Wants a quote");
    act(() => store.replace({ "agent/anna": agentView() }));
    await user.click(screen.getByTestId("disposition-sold"));
    await user.click(screen.getByTestId("send-unfinished"));
    await screen.findByText(/can no longer be sent/);
    expect(screen.getByTestId<HTMLTextAreaElement>("note").value).toBe("Wants a quote");
    await user.click(screen.getByTestId("leave-unfinished"));
    expect(screen.queryByTestId("unfinished")).toBeNull();
  });

  it("says known codes in words and unknown ones as they are written", () => {
    const made = { created_at: 1000, updated_at: 1000, owner: null };
    const client = { ...CLIENT, deals: [{ id: 1, title: "Windows", stage: "negotiation", amount: 10, currency: "RUB", ...made }, { id: 2, title: "Doors", stage: "Mesuré", amount: 10, currency: "RUB", ...made }], tickets: [{ id: 3, title: "Creaks", status: "in_progress", priority: "high", kind: "request", due_at: null, ...made }] };
    show(talking({ ...KNOWN, client }));
    const card = screen.getByTestId("card").textContent;
    for (const words of ["negotiation", "Mesuré", "high priority · in progress"]) expect(card).toContain(words);
    expect(card).not.toContain("in_progress");
  });
});

describe("what one key or one line tells", () => {
  it("puts the likeliest other client on the card at once, and searches where there is none", async () => {
    show(talking({ ...SEVERAL, match: "known", client: CLIENT }));
    await userEvent.keyboard("{Shift>}I{/Shift}");
    await waitFor(() => expect(sent.at(-1)).toEqual({ method: "PUT", path: `/calls/${CALL}/client`, body: { client: 8 } }));
    act(() => store.replace(talking(KNOWN)));
    await userEvent.keyboard("{Shift>}I{/Shift}");
    expect(await screen.findByTestId("candidates-sheet")).toBeDefined();
  });

  it("says of a phone that answers by itself that nothing is to be pressed", () => {
    show({ ...offered(KNOWN), [`call/${CALL}`]: callView({ answers_itself: true }) });
    expect(screen.getByTestId("offer-panel").textContent).toContain("answers by itself");
  });

  it("reads the timeline again when the call is over", async () => {
    show(talking(KNOWN));
    const read = (): number => sent.filter(({ path }) => path === "/clients/7/timeline").length;
    await waitFor(() => expect(read()).toBe(1));
    act(() => store.replace(wrapping()));
    await waitFor(() => expect(read()).toBeGreaterThan(1));
  });
});

describe("a client who was looked up during a call", () => {
  it.each([
    ["a", "call/1", true],
    ["no", null, false],
  ])("has what is made for him linked with %s call", async (_, desk, linked) => {
    answers.set("GET /clients/7/card", { status: 200, body: KNOWN });
    store.replace({});
    const connection = { status: () => status, subscribe: () => () => undefined } as unknown as Connection;
    status = { phase: "live", leads: true, newBuild: false, everLive: true, lostAt: null, node: "n1", back: null };
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
    queries.setQueryData(["site"], SITE);
    render(
      <QueryClientProvider client={queries}>
        <Theme>
          <LiveContext value={{ store, connection }}>
            <ClientView client={7} desk={desk} onBack={() => undefined} />
          </LiveContext>
        </Theme>
      </QueryClientProvider>,
    );
    await userEvent.click(await screen.findByTestId("quick-create-open"));
    await userEvent.type(await screen.findByTestId("create-title"), "Ring back");
    expect(screen.queryByText("It will be linked to this call.") !== null).toBe(linked);
    await userEvent.click(screen.getByTestId("create-save"));
    await waitFor(() => expect(sent.find(({ method, path }) => method === "POST" && path === "/clients/7/tasks")?.body).toMatchObject({ title: "Ring back", call: desk }));
  });
});
