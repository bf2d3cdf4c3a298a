import { act, fireEvent, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { PhoneContext } from "@/phone/context";
import type { Phone } from "@/phone/phone";
import { PhoneStore, type PhoneCall } from "@/phone/state";
import { stage } from "@/test/stage";
import { ColleagueCall } from "./ColleagueCall";

const BORIS = { kind: "colleague", agent: "boris", name: "Boris", team: null, station: "a2002", state: "ready", since: 1000 } as const;

function open(call: Partial<PhoneCall>) {
  const store = new PhoneStore();
  const phone = { store, answer: vi.fn(), hangUp: vi.fn(), mute: vi.fn(), press: vi.fn() };
  store.set({ station: "browser", here: true, problem: null, call: { state: "ringing", muted: false, quality: null, colleague: null, ...call } });
  stage(
    <PhoneContext value={phone as unknown as Phone}>
      <ColleagueCall />
    </PhoneContext>,
    { "colleague/boris": BORIS },
  );
  return { store, phone };
}

const key = (code: string, shiftKey = false): void => void fireEvent.keyDown(document.body, { code, shiftKey });

describe("a colleague's call", () => {
  it("says who calls, is answered and ended by key, and is muted meanwhile", () => {
    const { store, phone } = open({ colleague: "a2002" });
    expect(screen.getByTestId("colleague-panel").textContent).toContain("Boris calls you");
    key("KeyA");
    expect(phone.answer).toHaveBeenCalledOnce();
    act(() => store.setCall({ state: "talking" }));
    key("KeyM");
    expect(phone.mute).toHaveBeenCalledWith(true);
    key("KeyH", true);
    expect(phone.hangUp).toHaveBeenCalledOnce();
    act(() => store.set({ call: null }));
    expect(screen.queryByTestId("colleague-panel")).toBeNull();
  });

  it("names the station of one whom the picture does not have", () => {
    open({ colleague: "a2009" });
    expect(screen.getByTestId("colleague-panel").textContent).toContain("a2009");
  });

  it("is not what a caller's ring is taken for", () => {
    open({});
    expect(screen.queryByTestId("colleague-panel")).toBeNull();
  });
});
