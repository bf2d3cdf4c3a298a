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

  it("has no such line where one after the other was rung", async () => {
    stage(<CallDetail call={CALL} />, {}, { [`GET /calls/${CALL}`]: { ...detail, offers: [offer(1, "anna", "no_answer"), offer(2, "boris", "answered")] } });
    expect(await screen.findByText("did not answer")).toBeDefined();
    expect(screen.queryByTestId("rung-too")).toBeNull();
  });
});
