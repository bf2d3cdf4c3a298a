import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { agentView, ME } from "@/test/samples";
import { stage } from "@/test/stage";
import { DialColleague, DialNumber } from "./DialNumber";

afterEach(() => {
  vi.unstubAllGlobals();
});

const NUMBER = "+79161234567";
const me = { "GET /session": ME };

describe("a number on the screen", () => {
  it("is dialled by who is free at a usable phone, and tells a refusal in place", async () => {
    const { sent } = stage(<DialNumber number={NUMBER} />, { "agent/anna": agentView() }, { ...me, "POST /calls": { type: "x", title: "x", status: 409, detail: "", refusal: "bad_number" } });
    await userEvent.click(await screen.findByTestId("dial"));
    await waitFor(() => expect(sent.find(({ method, path }) => method === "POST" && path === "/calls")?.body).toMatchObject({ number: NUMBER }));
    expect((await screen.findByRole("alert")).textContent).not.toBe("");
  });

  it.each([agentView({ state: "talking" }), agentView({ state: "offline" }), agentView({ station_ready: false })])("is a text where no call can be begun", async (agent) => {
    stage(<DialNumber number={NUMBER} />, { "agent/anna": agent }, me);
    expect(await screen.findByText(/916/)).toBeDefined();
    expect(screen.queryByTestId("dial")).toBeNull();
  });

  it("calls a colleague only while he is free", async () => {
    const { sent } = stage(<><DialColleague login="boris" name="Boris" free /><DialColleague login="gleb" name="Gleb" free={false} /></>, { "agent/anna": agentView() }, me);
    await userEvent.click(await screen.findByTestId("dial-boris"));
    await waitFor(() => expect(sent.at(-1)).toEqual({ method: "POST", path: "/colleagues/call", body: { to: "boris" } }));
    expect(screen.queryByTestId("dial-gleb")).toBeNull();
  });
});
