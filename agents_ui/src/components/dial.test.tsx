import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { agentView, ME } from "@/test/samples";
import { stage } from "@/test/stage";
import { SearchSheet } from "@/panels/SearchSheet";
import { DialColleague, DialNumber, FreeText } from "./DialNumber";

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

describe("numbers in what people write", () => {
  it("are dialled like any other, and the rest is as it was written", async () => {
    const { sent } = stage(<p><FreeText text="Call 8 916 123-45-67 on 2026-03-09, not 1 250 000" /></p>, { "agent/anna": agentView() }, { ...me, "POST /calls": {} });
    await userEvent.click(await screen.findByTestId("dial"));
    await waitFor(() => expect(sent.at(-1)).toMatchObject({ method: "POST", path: "/calls", body: { number: "89161234567" } }));
    expect(screen.getByText(/not 1 250 000/).textContent).toBe("Call 8 916 123-45-67 on 2026-03-09, not 1 250 000");
  });

  it("are a text while nobody can be called", async () => {
    stage(<p data-testid="text"><FreeText text="Call +79161234567" /></p>, { "agent/anna": agentView({ state: "talking" }) }, me);
    expect((await screen.findByTestId("text")).textContent).toBe("Call +79161234567");
    expect(screen.queryByTestId("dial")).toBeNull();
  });
});

describe("a number typed into the search", () => {
  const hours = (number: string | null) => ({ number, at: 0, clocks: [], allowed: true, next_at: null });
  const person = { id: 7, name: "Maria", company: "", rank: "regular", phones: [{ raw: NUMBER, e164: NUMBER, label: "" }] };

  it("is the choice of Enter where nobody has it", async () => {
    const onClose = vi.fn();
    const { sent } = stage(<SearchSheet onPick={() => undefined} onClose={onClose} />, { "agent/anna": agentView() }, { ...me, "GET /clients": { items: [] }, "GET /dialling-hours": hours(NUMBER), "POST /calls": {} });
    await userEvent.type(screen.getByTestId("client-search"), "8 (916) 123-45-67");
    await screen.findByText("Dial +7 916 123-45-67");
    await userEvent.keyboard("{Enter}");
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(sent.find(({ method }) => method === "POST")?.body).toMatchObject({ number: NUMBER });
  });

  it("comes after the clients who have it, and is told when it is refused", async () => {
    const picked = vi.fn();
    const { sent } = stage(<SearchSheet onPick={picked} onClose={() => undefined} />, { "agent/anna": agentView() }, {
      ...me, "GET /clients": { items: [person] }, "GET /dialling-hours": hours(NUMBER), "POST /calls": { type: "x", title: "x", status: 422, detail: "", refusal: "bad_number" },
    });
    await userEvent.type(screen.getByTestId("client-search"), "89161234567");
    await screen.findByTestId("dial-typed");
    await userEvent.keyboard("{Enter}");
    expect(picked).toHaveBeenCalledWith(person);
    expect(sent.some(({ method }) => method === "POST")).toBe(false);
    await userEvent.keyboard("{ArrowDown}{Enter}");
    expect((await screen.findByRole("alert")).textContent).not.toBe("");
  });

  it.each([
    ["talks", agentView({ state: "talking" }), "89161234567", NUMBER],
    ["types a name", agentView(), "Maria 8916", NUMBER],
    ["types what is no number", agentView(), "1234567", null],
  ])("is not offered to who %s", async (_, agent, text, number) => {
    stage(<SearchSheet onPick={() => undefined} onClose={() => undefined} />, { "agent/anna": agent }, { ...me, "GET /clients": { items: [person] }, "GET /dialling-hours": hours(number) });
    await userEvent.type(screen.getByTestId("client-search"), text);
    await screen.findByTestId("search-result");
    expect(screen.queryByTestId("dial-typed")).toBeNull();
  });
});
