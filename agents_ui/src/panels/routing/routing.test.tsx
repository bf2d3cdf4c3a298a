import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { agentView, ME } from "@/test/samples";
import { stage } from "@/test/stage";
import { AgentWhySheet, CallWhySheet } from "../Why";
import Callbacks from "../Callbacks";
import { Agents } from "./Agents";
import { Dispositions } from "./Dispositions";
import { dropDraft } from "./draft";
import { Flows } from "./Flows";
import { PauseReasons } from "./PauseReasons";
import { Prompts } from "./Prompts";
import { Queues } from "./Queues";

const QUEUE = {
  id: "sales", name: "Sales", numbers: ["100"], required: [{ skill: "tech", level: 2 }], priority: 0, ring_seconds: 20, wrap_up_seconds: 30, service_level_seconds: 20, short_abandon_seconds: 5,
  takes_unknown: true, value: 1, rings: [], preferred: [], preferred_patience: 0, strategy: "longest_idle", preset: "balanced",
  scoring: null, most_at_once: null, record: false, auto_answer: false, wrap_up_longest: 0, preview_next: "no",
};
const FLOW = { id: "main", name: "Main", numbers: ["100"], start: "hello", language: "en", steps: { hello: { do: "say", prompt: "hi", next: "bye" }, bye: { do: "hang_up", prompt: null } } };
const ANSWERS = {
  "GET /queues": { items: [QUEUE] },
  "GET /skills": { items: [{ id: "tech", ru: "техника", en: "Tech" }] },
  "GET /teams": { items: [] },
  "GET /agents": { items: [{ agent: "anna", name: "Anna", station: "a101", active: true, queues: ["sales"], skills: [{ skill: "tech", level: 3 }], team: null, weights: [], work: ["inbound"] }] },
  "GET /flows": { items: [FLOW], mistakes: [] },
  "GET /hours": { items: [] },
  "GET /values": { items: [] },
  "GET /prompts": { items: [] },
  "POST /flows/check": { mistakes: [] },
};

afterEach(() => {
  vi.unstubAllGlobals();
  dropDraft("main");
});

describe("Queues", () => {
  it("sends the whole queue, and shows a refusal beside its field in words", async () => {
    const refusal = { status: 422, title: "", detail: "", type: "", errors: [{ source: "body", field: "rings.0.after", code: "ring_order", message: "x", remedy: "y", parameters: { after: "5", before: "5" } }] };
    const { sent } = stage(<Queues mayEdit />, {}, { ...ANSWERS, "PUT /queues/sales": refusal });
    fireEvent.click(await screen.findByRole("button", { name: "Sales" }));
    fireEvent.click(screen.getByTestId("add-ring"));
    fireEvent.change(screen.getByTestId("ring-0-after"), { target: { value: "5" } });
    fireEvent.click(screen.getByTestId("preset-value"));
    fireEvent.click(screen.getByTestId("save-queue"));
    expect(await screen.findByText("5 s is not later than what is before it (5 s). Each ring needs more seconds than the one before, the first at least 1.")).toBeDefined();
    const put = sent.find(({ method }) => method === "PUT");
    expect(put?.body).toMatchObject({ name: "Sales", preset: "value", scoring: null, rings: [{ after: 5, required: [] }], required: [{ skill: "tech", level: 2 }] });
  });

  it("sends own terms with their preset alone", async () => {
    const { sent } = stage(<Queues mayEdit />, {}, { ...ANSWERS, "GET /presets": { items: [], terms: [] }, "PUT /queues/sales": {} });
    fireEvent.click(await screen.findByRole("button", { name: "Sales" }));
    fireEvent.click(screen.getByTestId("preset-custom"));
    fireEvent.change(screen.getByTestId("term-need"), { target: { value: "2" } });
    fireEvent.click(screen.getByTestId("save-queue"));
    await waitFor(() => expect(sent.find(({ method }) => method === "PUT")?.body).toMatchObject({ preset: "custom", scoring: { need: 2, spare: 1 } }));
  });

  it("lets a supervisor look and not change", async () => {
    stage(<Queues mayEdit={false} />, {}, ANSWERS);
    fireEvent.click(await screen.findByRole("button", { name: "Sales" }));
    expect(screen.queryByTestId("save-queue")).toBeNull();
    expect(screen.getByTestId("queue-name").closest("fieldset")?.disabled).toBe(true);
  });
});

describe("Agents", () => {
  it("changes a level where it stands, by keyboard", async () => {
    const { sent } = stage(<Agents />, {}, { ...ANSWERS, "PUT /agents/anna/routing": {} });
    const cell = await screen.findByRole("textbox", { name: "Tech: level of Anna" });
    cell.focus();
    await userEvent.keyboard("7{Enter}");
    await waitFor(() => expect(sent.find(({ method }) => method === "PUT")?.body).toEqual({ skills: [{ skill: "tech", level: 7 }] }));
  });

  it("takes back with Escape, and keeps what is no level", async () => {
    const { sent } = stage(<Agents />, {}, ANSWERS);
    const cell = await screen.findByRole<HTMLInputElement>("textbox", { name: "Tech: level of Anna" });
    cell.focus();
    await userEvent.keyboard("9{Escape}");
    expect(cell.value).toBe("3");
    await userEvent.keyboard("99{Enter}");
    expect(cell.value).toBe("3");
    expect(sent.some(({ method }) => method === "PUT")).toBe(false);
  });
});

describe("Flows", () => {
  it("does not save while the check finds an error, and shows it at its step with the remedy", async () => {
    const wrong = { mistakes: [{ place: "flows.main.steps.hello.prompt", code: "unknown_prompt", parameters: { name: "hi", like: "" }, message: "m", remedy: "r", severity: "error" }] };
    stage(<Flows mayEdit flow="main" />, {}, { ...ANSWERS, "POST /flows/check": wrong });
    fireEvent.change(await screen.findByTestId("edit-flow-name"), { target: { value: "Other" } });
    const step = screen.getByTestId("step-hello").closest("li");
    await waitFor(() => expect(step?.textContent).toContain("There is no prompt “hi”Upload it, or choose another."));
    expect(screen.getByTestId<HTMLButtonElement>("save-flow").disabled).toBe(true);
    expect(screen.getByTestId("flow-refused").textContent).toContain("The flow in force stays as it was");
  });

  it("renames a step with every way to it, and saves", async () => {
    const { sent } = stage(<Flows mayEdit flow="main" />, {}, { ...ANSWERS, "PUT /flows/main": FLOW });
    fireEvent.click(await screen.findByTestId("step-bye"));
    fireEvent.change(screen.getByTestId("step-name"), { target: { value: "end" } });
    fireEvent.blur(screen.getByTestId("step-name"));
    await screen.findByTestId("step-end");
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("save-flow").disabled).toBe(false));
    fireEvent.click(screen.getByTestId("save-flow"));
    await waitFor(() => expect(sent.find(({ method }) => method === "PUT")?.body).toMatchObject({ steps: { hello: { next: "end" }, end: { do: "hang_up" } } }));
  });
});

describe("Prompts", () => {
  it("shows first what callers would miss, and offers to upload it", async () => {
    const prompts = {
      items: [{ id: "hello", language: "ru", seconds: 2, sha256: "", uploaded_by: "admin", uploaded_at: 0, problem: null, flows: ["main"] }],
      missing: [{ id: "menu", language: "en", problem: "", remedy: "", says: null, instead: "ru", flows: ["main"] }],
    };
    stage(<Prompts mayEdit />, {}, { ...ANSWERS, "GET /prompts": prompts });
    await screen.findByTestId("prompt-menu");
    expect(screen.getAllByRole("row").slice(1).map((row) => row.querySelector("code")?.textContent)).toEqual(["menu", "hello"]);
    fireEvent.click(screen.getByRole("button", { name: "Upload" }));
    expect(screen.getByTestId<HTMLInputElement>("prompt-name").value).toBe("menu");
    expect(screen.getByTestId<HTMLInputElement>("prompt-language").value).toBe("en");
    expect(screen.getByTestId<HTMLButtonElement>("save-prompt").disabled).toBe(true);
  });
});

describe("Why", () => {
  it("says what a call waits for, and draws the scores", async () => {
    const why = {
      call: "main:1.1", at: 100, state: "waiting", queue: "sales", flow: null, step: null, agent: null, rung: [], waits_for: "preferred", waited: 30, until: 120, agents: ["anna"], queues: [], skills: [], count: 0, ahead: 2,
      candidates: [{ agent: "anna", idle_since: 40, score: { total: 0.5, need: 0.4, promise: 0, ageing: 0, weight: 1, skill: 0, preferred: 0.1, spare: 0 }, excluded: null, reserved_for: null, tie: "account_owner" }],
      excluded: [{ reason: "skills", agents: 3 }], outcome: null, offers: [],
    };
    stage(<CallWhySheet call="main:1.1" who="Maria" onClose={() => undefined} />, { "agent/anna": agentView() }, { ...ANSWERS, "GET /calls/main:1.1/why": why });
    expect((await screen.findByTestId("why-headline")).textContent).toBe("It is kept for Anna.");
    expect(screen.getByTestId("why-candidates").textContent).toContain("NeedFamiliar");
    expect(screen.getByTestId("why-candidates").textContent).toContain("Anna looks after the client");
    expect(screen.getByTestId("why-excluded").textContent).toBe("3without the skills, in any ring");
  });

  it("says of a call that talks who has it, who was next, and who was out of the question", async () => {
    const offer = {
      offer: "main:1.1#1", agent: "anna", queue: "sales", station: "a1001", made_at: 90, gate: null, waited: 12, idle: 40, painted_at: null, ring_sent_at: null, lead: null, rang_at: null, answered_at: 95, ended_at: null, outcome: "answered",
      why: { score: { total: 0.5, need: 0.6, spare: 0.1 }, overdue: true, next: [{ agent: "boris", total: 0.4, terms: { spare: 0.2 } }, { agent: "clara", total: 0.3, excluded: "reserved", kept_for: "sales" }], excluded: { busy: 2, gone: 1 } },
    };
    const why = {
      call: "main:1.1", at: 100, state: "talking", queue: "sales", flow: null, step: null, agent: "anna", rung: ["anna"], waits_for: "unknown", waited: 0, until: null, agents: [], queues: [], skills: [], count: 0, ahead: 0,
      candidates: [], excluded: [], outcome: null, offers: [offer],
    };
    stage(<CallWhySheet call="main:1.1" who="Maria" onClose={() => undefined} />, { "agent/anna": agentView() }, { ...ANSWERS, "GET /calls/main:1.1/why": why });
    expect((await screen.findByTestId("why-headline")).textContent).toBe("It talks with Anna.");
    const rows = screen.getAllByRole("row").slice(1).map((row) => row.textContent);
    expect(rows).toEqual(["Anna0.5000.600-0.100got the call", "boris0.4000.600-0.200was next", "clara0.300kept for “Sales”"]);
    expect(screen.getByTestId("why-excluded").textContent).toBe("2busy in another call");
    expect(screen.getByTestId("why-offer").textContent).toContain("before all other calls");
  });

  it("says why an agent gets nothing", async () => {
    const why = { agent: "anna", at: 100, state: "ready", reason: "", since: 10, idle_since: 10, reasons: [{ code: "excluded", queue: "sales", count: 2, detail: "skills" }], passed_over: [{ at: 50, call: "c", queue: "sales", agent: "boris", first: "score_lower" }] };
    stage(<AgentWhySheet agent="anna" name="Anna" onClose={() => undefined} />, {}, { ...ANSWERS, "GET /agents/anna/why": why });
    expect((await screen.findByTestId("why-reasons")).textContent).toBe("“Sales”, calls waiting: 2. Cannot take them: lacks the skills.");
    expect(screen.getByTestId("why-agent").textContent).toContain("the other had a higher score");
  });
});

describe("Callbacks", () => {
  const MISSED = { number: "+79161234567", state: "open", times: 2, first_at: 10, last_at: 20, call: "c", queue: "sales", dialled: "100", waited: 30, client: null, claimed_by: null, claimed_at: null, callback: null };

  it("claims a caller who gave up, and shows an operator the promises that are his", async () => {
    const { sent } = stage(<Callbacks me={ME} />, {}, { ...ANSWERS, "GET /callbacks": { items: [] }, "GET /missed": { items: [MISSED] }, "POST /missed/+79161234567/claim": MISSED });
    fireEvent.click(await screen.findByTestId("claim"));
    await waitFor(() => expect(sent.some(({ method, path }) => method === "POST" && path === "/missed/+79161234567/claim")).toBe(true));
    expect(screen.getByTestId("promised").textContent).toContain("Callbacks you promised");
  });

  it("dismisses with a reason only", async () => {
    const { sent } = stage(<Callbacks me={{ ...ME, role: "supervisor", agent: false }} />, {}, { ...ANSWERS, "GET /missed": { items: [MISSED] }, "GET /callbacks": { items: [] } });
    fireEvent.click(await screen.findByTestId("dismiss"));
    expect(screen.queryByTestId("claim")).toBeNull(); // takes no calls
    fireEvent.submit(screen.getByTestId("dismiss-reason").closest("form") ?? document.body);
    expect(sent.some(({ method }) => method === "POST")).toBe(false);
    fireEvent.change(screen.getByTestId("dismiss-reason"), { target: { value: "Wrong number" } });
    fireEvent.click(screen.getByTestId("dismiss-confirm"));
    await waitFor(() => expect(sent.find(({ method }) => method === "POST")?.body).toEqual({ reason: "Wrong number" }));
  });
});

describe("Words", () => {
  const meanwhile = { status: 409, title: "", detail: "", type: "", errors: [{ source: "body", field: "base", code: "changed", message: "x", parameters: { now: "4" } }] };

  it("does not overwrite what another changed, and saves on top of it when told to", async () => {
    const { sent } = stage(<PauseReasons mayEdit />, {}, { "PUT /site/pause-reasons": meanwhile });
    fireEvent.click(await screen.findByTestId("new-pause-reason"));
    fireEvent.change(screen.getByTestId("pause-reason-code"), { target: { value: "tea" } });
    fireEvent.change(screen.getByTestId("pause-reason-ru"), { target: { value: "Чай" } });
    fireEvent.change(screen.getByTestId("pause-reason-en"), { target: { value: "Tea" } });
    fireEvent.click(screen.getByTestId("save-pause-reason"));
    fireEvent.click(await screen.findByRole("button", { name: "Save on top of it" }));
    expect(screen.getByTestId<HTMLInputElement>("pause-reason-en").value).toBe("Tea");
    fireEvent.click(screen.getByTestId("save-pause-reason"));
    await waitFor(() => expect(sent.filter(({ method }) => method === "PUT")).toHaveLength(2));
    const lunch = { code: "lunch", ru: "Обед", en: "Lunch" };
    const items = [lunch, { code: "tea", ru: "Чай", en: "Tea" }];
    expect(sent.filter(({ method }) => method === "PUT").map(({ body }) => body)).toEqual([{ base: 1, items }, { base: 4, items }]);
  });

  it("says in place that a reason's short name is taken", async () => {
    const taken = { status: 422, title: "", detail: "", type: "", errors: [{ source: "body", field: "items.1.code", code: "repeated", message: "x" }] };
    stage(<PauseReasons mayEdit />, {}, { "PUT /site/pause-reasons": taken });
    fireEvent.click(await screen.findByTestId("new-pause-reason"));
    for (const field of ["code", "ru", "en"]) fireEvent.change(screen.getByTestId(`pause-reason-${field}`), { target: { value: "lunch" } });
    fireEvent.click(screen.getByTestId("save-pause-reason"));
    expect(await screen.findByText("This short name is taken.")).toBeDefined();
  });

  it("says of a move that another was quicker", async () => {
    const { sent } = stage(<Dispositions mayEdit />, {}, { "PUT /site/dispositions": meanwhile });
    fireEvent.click(await screen.findByRole("button", { name: "Move “Sold” down" }));
    expect(await screen.findByText(/Somebody changed this meanwhile/)).toBeDefined();
    expect(sent.find(({ method }) => method === "PUT")?.body).toMatchObject({ base: 1, items: [{ code: "callback" }, { code: "sold" }, { code: "other_queue" }] });
  });

  it("shows the reasons to who may not change them", async () => {
    stage(<PauseReasons mayEdit={false} />, {});
    fireEvent.click(await screen.findByRole("button", { name: "Lunch" }));
    expect(screen.queryByTestId("save-pause-reason")).toBeNull();
  });
});
