import { act } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import type { AgentView, Me } from "@/api/types";
import * as alerts from "@/data/alerts";
import { PhoneContext } from "@/phone/context";
import type { Phone } from "@/phone/phone";
import { PhoneStore, type PhoneState } from "@/phone/state";
import { setNotify } from "@/data/prefs";
import { BORIS, INTERCOM, intercomView } from "@/test/samples";
import { stage } from "@/test/stage";
import { Alerts } from "./Alerts";

const AGENT = { kind: "agent", agent: "anna", state: "offered", call: "main:1.1", offer: "o1" } as unknown as AgentView;
const ME = { login: "anna", role: "operator", agent: true } as unknown as Me;

/** Each sound that is made here asks once when it begins. */
const rings = vi.fn();

beforeEach(() => {
  rings.mockClear();
  vi.spyOn(document, "hasFocus").mockReturnValue(false);
  vi.stubGlobal(
    "AudioContext",
    class {
      get currentTime(): number {
        rings();
        return 0;
      }
    },
  );
});

function offered(part: Partial<PhoneState>): void {
  const store = new PhoneStore();
  store.set(part);
  stage(
    <PhoneContext value={{ store } as unknown as Phone}>
      <Alerts me={ME} agent={AGENT} />
    </PhoneContext>,
    {},
  );
}

it("rings for a telephone behind other windows, and leaves it to the phone that is here", () => {
  expect(alerts.inFront()).toBe(false);
  offered({ station: "browser", here: true });
  expect(rings).not.toHaveBeenCalled();
  offered({ station: "telephone", here: false });
  expect(rings).toHaveBeenCalledOnce();
});

it("tells of a colleague's call as of a caller's, while it rings here", () => {
  const shown: string[] = [];
  vi.stubGlobal(
    "Notification",
    class {
      static readonly permission = "granted";
      constructor(title: string, { body = "", tag = "" }: NotificationOptions) {
        shown.push([title, body, tag].join(" | "));
      }
      close(): void {
        shown.push("closed");
      }
    },
  );
  setNotify("on");
  const store = new PhoneStore();
  store.set({ station: "telephone", here: false });
  const free = { ...AGENT, state: "internal", call: null, offer: null } as AgentView;
  const { store: picture } = stage(
    <PhoneContext value={{ store } as unknown as Phone}>
      <Alerts me={ME} agent={free} />
    </PhoneContext>,
    { "colleague/boris": BORIS, [`intercom/${INTERCOM}`]: intercomView({ state: "calling" }) },
  );
  const become = (part: Parameters<typeof intercomView>[0]): void => act(() => picture.apply([{ key: `intercom/${INTERCOM}`, entity: intercomView(part) }]));
  expect(shown).toEqual([]);
  become({ state: "ringing" });
  expect(shown).toEqual([`Boris calls you | Internal call | intercom-${INTERCOM}`]);
  expect(rings).toHaveBeenCalledOnce();
  become({ state: "talking" });
  become({ state: "ringing", by: "anna", to: "boris" });
  expect(shown.slice(1)).toEqual(["closed"]);
});
