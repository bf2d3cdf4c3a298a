import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Status } from "@/api/connection";
import type { IntercomView } from "@/api/types";
import { PhoneContext } from "@/phone/context";
import type { Phone } from "@/phone/phone";
import { PhoneStore, type PhoneCall } from "@/phone/state";
import { BORIS, INTERCOM, intercomView, ME } from "@/test/samples";
import { stage } from "@/test/stage";
import { ColleagueCall } from "./ColleagueCall";

const KEY = `intercom/${INTERCOM}`;
const HANG_UP = { method: "POST", path: "/colleagues/hang-up", body: null };
const RINGING: PhoneCall = { state: "ringing", muted: false, quality: null, intercom: INTERCOM };

let phone: { store: PhoneStore; answer: () => void; mute: (muted: boolean) => void };

beforeEach(() => {
  phone = { store: new PhoneStore(), answer: vi.fn(), mute: vi.fn() };
  phone.store.set({ station: "browser", here: true, problem: null });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What the server's picture has, and what the phone in this browser hears. */
function open(call: IntercomView | null, leg: PhoneCall | null = null, answers: Record<string, unknown> = {}, status: Partial<Status> = {}) {
  phone.store.set({ call: leg });
  return stage(
    <PhoneContext value={phone as unknown as Phone}>
      <ColleagueCall me={ME} />
    </PhoneContext>,
    { "colleague/boris": BORIS, ...(call === null ? {} : { [KEY]: call }) },
    answers,
    status,
  );
}

const key = (code: string, shiftKey = false): void => void fireEvent.keyDown(document.body, { code, shiftKey });
const panel = (): HTMLElement => screen.getByTestId("colleague-panel");
const announced = (): string | null => screen.getByTestId("announce-colleague").textContent;
const MINE = { by: "anna", to: "boris" } as const;

describe("a call from a colleague", () => {
  it("is answered by key once the phone rings for it, and is talked in with a running time and mute", () => {
    const { store } = open(intercomView());
    expect(panel().textContent).toContain("Boris calls you");
    expect(announced()).toBe("Boris calls you");
    expect(panel().dataset.state).toBe("offered");
    key("KeyA");
    expect(phone.answer).not.toHaveBeenCalled();
    expect(screen.getByTestId<HTMLButtonElement>("answer").disabled).toBe(true);
    act(() => phone.store.set({ call: RINGING }));
    key("KeyA");
    expect(phone.answer).toHaveBeenCalledOnce();

    act(() => phone.store.setCall({ state: "talking" }));
    // The phone alone makes no conversation.
    expect(panel().dataset.phase).toBe("ringing");
    act(() => store.apply([{ key: KEY, entity: intercomView({ state: "talking", since: Date.now() / 1000 - 65 }) }]));
    expect(panel().textContent).toContain("Call with Boris");
    expect(screen.getByRole("timer").textContent).toMatch(/^1:0\d$/);
    expect(panel().dataset.state).toBe("internal");
    expect(announced()).toBe("");
    expect(screen.queryByTestId("answer")).toBeNull();
    key("KeyM");
    expect(phone.mute).toHaveBeenCalledWith(true);
    act(() => store.apply([{ key: KEY, entity: null }]));
    expect(screen.queryByTestId("colleague-panel")).toBeNull();
  });

  it("is declined by the server, and not by the phone alone", async () => {
    const { sent } = open(intercomView(), RINGING);
    expect(screen.getByTestId("hang-up").textContent).toContain("Decline");
    key("KeyH", true);
    await waitFor(() => expect(sent).toEqual([HANG_UP]));
    // Until the server says that it is over it is shown.
    expect(panel()).toBeDefined();
  });

  it("is told of before the phone rings, and rings nobody then", () => {
    open(intercomView({ state: "calling" }));
    expect(panel().textContent).toContain("about to ring");
    expect(panel().dataset.state).toBe("internal");
    expect(announced()).toBe("");
  });

  it("is answered by a telephone where the station is one", () => {
    phone.store.set({ station: "telephone", here: false });
    const { store } = open(intercomView());
    expect(panel().textContent).toContain("Answer by the phone");
    expect(screen.queryByTestId("answer")).toBeNull();
    act(() => store.apply([{ key: KEY, entity: intercomView({ state: "talking" }) }]));
    expect(screen.queryByTestId("mute")).toBeNull();
    expect(screen.queryByTestId("no-voice")).toBeNull();
    expect(screen.getByTestId("hang-up").textContent).toContain("Hang up");
  });

  it("shows nothing of a ring that the picture does not hold, nor answers a ring of another call", () => {
    const { store } = open(null, RINGING);
    expect(screen.queryByTestId("colleague-panel")).toBeNull();
    act(() => store.apply([{ key: KEY, entity: intercomView() }]));
    expect(screen.getByTestId<HTMLButtonElement>("answer").disabled).toBe(false);
    act(() => phone.store.set({ call: { ...RINGING, intercom: "main:intercom-3-a2002" } }));
    expect(screen.getByTestId<HTMLButtonElement>("answer").disabled).toBe(true);
  });

  it("shows nothing of the calls of others", () => {
    open(intercomView({ by: "boris", to: "vera" }), RINGING);
    expect(screen.queryByTestId("colleague-panel")).toBeNull();
  });
});

describe("a call to a colleague", () => {
  it("says what is waited for: one's own phone, then the colleague's", async () => {
    const { store, sent } = open(intercomView({ ...MINE, state: "calling" }));
    expect(panel().textContent).toContain("You call Boris");
    expect(panel().textContent).toContain("being connected");
    expect(panel().dataset.state).toBe("internal");
    expect(screen.queryByTestId("answer")).toBeNull();
    act(() => store.apply([{ key: KEY, entity: intercomView({ ...MINE, state: "ringing" }) }]));
    expect(panel().textContent).toContain("The colleague's phone is ringing");
    key("KeyA");
    expect(phone.answer).not.toHaveBeenCalled();
    key("KeyH", true);
    await waitFor(() => expect(sent).toEqual([HANG_UP]));
    act(() => store.apply([{ key: KEY, entity: intercomView({ ...MINE, state: "talking" }) }]));
    expect(panel().textContent).toContain("Call with Boris");
  });

  it("lets one's own phone be answered where it could not do it by itself", () => {
    open(intercomView({ ...MINE, state: "calling" }), RINGING);
    key("KeyA");
    expect(phone.answer).toHaveBeenCalledOnce();
  });

  it("has a telephone's owner pick it up", () => {
    phone.store.set({ station: "telephone", here: false });
    open(intercomView({ ...MINE, state: "calling" }));
    expect(panel().textContent).toContain("pick it up");
  });
});

describe("the end of an internal call", () => {
  it("says what the server refused, and that it could not be reached", async () => {
    const { sent } = open(intercomView({ state: "talking" }), { ...RINGING, state: "talking" }, { "POST /colleagues/hang-up": { type: "x", title: "Conflict", status: 409, detail: "x", refusal: "no_internal_call" } });
    fireEvent.click(screen.getByTestId("hang-up"));
    await screen.findByText("The internal call is already over.");
    expect(sent).toHaveLength(1);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    fireEvent.click(screen.getByTestId("hang-up"));
    await screen.findByText("The server cannot be reached.");
  });

  it("waits for the link, and for the tab that works", () => {
    const { sent } = open(intercomView({ state: "talking" }), null, {}, { phase: "waiting" });
    expect(screen.getByTestId<HTMLButtonElement>("hang-up").disabled).toBe(true);
    key("KeyH", true);
    expect(sent).toEqual([]);
  });
});
