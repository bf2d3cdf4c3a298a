import { screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { agentView } from "@/test/samples";
import { stage } from "@/test/stage";
import { CallDetail } from "./History";

const CALL = "main:1.1";

afterEach(() => {
  vi.unstubAllGlobals();
});

const offer = (number: number, agent: string, outcome: string) => ({
  offer: `${CALL}/${number}`, agent, station: null, queue: "sales", made_at: 1000, painted_at: null, ring_sent_at: 1000, rang_at: null, answered_at: null,
  ended_at: 1004, outcome, gate: 0, waited: 1, idle: 1, lead: null, why: null,
});
const detail = {
  call: CALL, server: "main", started_at: 1000, queued_at: 1000, answered_at: 1004, ended_at: 1064, number: "+79161234567", name: "", dialled: "100",
  queue: "sales", client: null, agent: "boris", agent_name: "Boris", outcome: "answered", waited: 4, talked: 60, disposition: null, note: "", legs: [], facts: [],
  direction: "inbound", amount: null, held: 0, notes: [], path: [], quality: [], recorded: false, script: null, transfers: 0,
};

describe("CallDetail", () => {
  it("keeps those who were rung too in one calm line, without a miss", async () => {
    const offers = [offer(1, "anna", "answered_elsewhere"), offer(2, "boris", "answered"), offer(3, "gone", "answered_elsewhere")];
    stage(<CallDetail call={CALL} />, { "agent/anna": agentView() }, { [`GET /calls/${CALL}`]: { ...detail, offers } });
    const line = await screen.findByTestId("rung-too");
    expect(line.textContent).toContain("Rung at the same time: Anna, gone");
    expect(line.textContent).toContain("answered by another");
    expect(screen.getByTestId("call-detail").querySelectorAll("li")).toHaveLength(2);
    expect(screen.getByTestId("call-detail").textContent).not.toContain("did not answer");
  });

  it("tells of hold, transfers, the recording, the sound, answers and notes", async () => {
    const document = { name: "S", start: "a", steps: [{ id: "a", text: { ru: "", en: "" }, fields: [{ id: "why", kind: "choice", label: { ru: "Зачем", en: "Reason" }, options: [{ id: "buy", text: { ru: "Купить", en: "To buy" } }] }] }] };
    const full = {
      ...detail, offers: [], direction: "outbound", held: 75, recorded: true, note: "wants two", amount: "10.50",
      notes: [{ agent: "boris", agent_name: "Boris", at: 1010, text: "a big client" }],
      script: { script: "s", version: 1, document, answers: { why: "buy" }, at: 1, by: "boris", ended: true, missing: [], revision: 1, step: "a" },
      quality: [{ agent: "boris", station: "101", mos: 4.21, mos_worst: 3.1, jitter: 1, jitter_worst: 1, loss: 0.012, loss_worst: 0.1, packets_lost: 1, packets_received: 9, round_trip: 1, round_trip_worst: 1, samples: 3 }],
      facts: [
        { type: "CallTransferred", at: 1020, call: CALL, agent: "boris", kind: "agent", queue: null, to: "anna", number: "", consulted: true },
        { type: "CallTransferred", at: 1030, call: CALL, agent: "anna", kind: "queue", queue: "sales", to: null, number: "", consulted: false },
        { type: "TransferFailed", at: 1040, call: CALL, agent: "anna", kind: "queue" },
      ],
    };
    stage(<CallDetail call={CALL} />, { "agent/anna": agentView() }, { [`GET /calls/${CALL}`]: full });
    const moves = await screen.findByTestId("call-moves");
    expect([...moves.querySelectorAll("li")].map((line) => line.lastElementChild?.textContent)).toEqual(["boris asked and handed the caller over: Anna", "Anna handed the caller on: Sales", "Not taken; back to the queue"]);
    expect(screen.getByTestId("call-detail").textContent).toContain("on hold 1:15");
    expect(screen.getByTestId("call-detail").textContent).toContain("we called");
    expect(screen.getByTestId("call-quality").textContent).toBe("Sound at boris: MOS 4.2, at worst 3.1; lost 1.2%");
    expect(screen.getByTestId("call-answers").textContent).toBe("AnswersReasonTo buy");
    expect(screen.getByTestId("call-notes").textContent).toContain("wants two");
    expect(screen.getByTestId("call-notes").textContent).toContain("a big client");
    expect(screen.getByTestId("play-recording").textContent).toContain("Listen");
  });

  it("has no such line where one after the other was rung", async () => {
    stage(<CallDetail call={CALL} />, {}, { [`GET /calls/${CALL}`]: { ...detail, offers: [offer(1, "anna", "no_answer"), offer(2, "boris", "answered")] } });
    expect(await screen.findByText("did not answer")).toBeDefined();
    expect(screen.queryByTestId("rung-too")).toBeNull();
  });
});
