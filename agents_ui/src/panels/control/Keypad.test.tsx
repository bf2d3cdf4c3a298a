import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { callView } from "@/test/samples";
import { stage } from "@/test/stage";
import { CallBar } from "./CallBar";

const CALL = "main:1.1";
const PATH = `/calls/${CALL}/keys`;

afterEach(() => {
  vi.unstubAllGlobals();
});

const open = async (answers: Record<string, unknown> = {}, leads = true) => {
  const told = stage(<CallBar call={callView({ state: "talking", actions: ["hang_up", "keys"] })} />, {}, answers, { leads });
  fireEvent.keyDown(window, { code: "KeyK", key: "k" });
  if (leads) await screen.findByTestId("keypad-typed");
  return told;
};
const shown = (): string => screen.getByTestId<HTMLInputElement>("keypad-typed").value;

describe("the keypad", () => {
  it("sends keys by the server, in order, one request at a time", async () => {
    const { sent } = await open();
    const typed = screen.getByTestId("keypad-typed");
    for (const key of "4*27x#") fireEvent.keyDown(typed, { key });
    await waitFor(() => expect(shown()).toBe("4*27#"));
    // What was typed while the first was on its way went together.
    expect(sent).toEqual([
      { method: "POST", path: PATH, body: { keys: "4" } },
      { method: "POST", path: PATH, body: { keys: "*27#" } },
    ]);
    await userEvent.click(screen.getByTestId("key-0"));
    await waitFor(() => expect(shown()).toBe("4*27#0"));
  });

  it("cuts what is longer than the server takes", async () => {
    const { sent } = await open();
    for (const key of `1${"2".repeat(40)}`) fireEvent.keyDown(screen.getByTestId("keypad-typed"), { key });
    await waitFor(() => expect(sent).toHaveLength(3));
    expect(sent.map(({ body }) => (body as { keys: string }).keys.length)).toEqual([1, 32, 8]);
  });

  it("shows a refusal in place, and neither shows nor sends what did not go", async () => {
    const { sent } = await open({ [`POST ${PATH}`]: { type: "x", title: "Conflict", status: 409, detail: "over", refusal: "too_late" } });
    for (const key of "123") fireEvent.keyDown(screen.getByTestId("keypad-typed"), { key });
    await screen.findByText(/^Too late/);
    expect(shown()).toBe("");
    expect(sent).toHaveLength(1);
  });

  it("is not there where the server does not allow it, nor opened by a tab that follows", async () => {
    stage(<CallBar call={callView({ state: "talking", actions: ["hang_up"] })} />, {});
    expect(screen.queryByTestId("keypad")).toBeNull();
    await open({}, false);
    expect(screen.getByTestId<HTMLButtonElement>("keypad").disabled).toBe(true);
    expect(screen.queryByTestId("keypad-typed")).toBeNull();
  });
});
