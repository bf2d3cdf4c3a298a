import { beforeEach, expect, it, vi } from "vitest";
import type { AgentView, Me } from "@/api/types";
import * as alerts from "@/data/alerts";
import { PhoneContext } from "@/phone/context";
import type { Phone } from "@/phone/phone";
import { PhoneStore, type PhoneState } from "@/phone/state";
import { stage } from "@/test/stage";
import { Alerts } from "./Alerts";

const AGENT = { kind: "agent", agent: "anna", state: "offered", call: "main:1.1", offer: "o1" } as unknown as AgentView;
const ME = { login: "anna", role: "operator", agent: true } as unknown as Me;

/** Each sound that is made here begins with one. */
const rings = vi.fn();

beforeEach(() => {
  rings.mockClear();
  vi.spyOn(document, "hasFocus").mockReturnValue(false);
  vi.stubGlobal("AudioContext", rings);
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
