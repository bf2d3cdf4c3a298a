import { describe, expect, it } from "vitest";
import type { FlowDocument } from "@/api/types";
import { freeName, KINDS, leadWays, newStep, outline, renameStep, stepAt, waysOf, withoutStep, type Outline } from "./flow";

const FLOW: FlowDocument = {
  name: "Main",
  start: "hours",
  steps: {
    hours: { do: "if_open", hours: "office", open: "hello", closed: "bye" },
    hello: { do: "say", prompt: "hello", next: "menu" },
    menu: { do: "menu", prompt: "menu", choices: [{ key: "1", next: "sales" }, { key: "2", next: "menu" }], otherwise: "sales" },
    sales: { do: "enqueue", queue: "sales", overflow: [{ kind: "waited", limit: 60, next: "bye" }], callback: null },
    bye: { do: "hang_up", prompt: "cc-closed" },
    lost: { do: "jump", flow: "other" },
  },
};

/** `menu(key>sales(waited>*bye) ...)`: a star is a link. */
function drawn(run: readonly Outline[]): string {
  return run
    .map(({ id, ways }) => (ways.length === 0 ? id : `${id}(${ways.map(({ way, run: inner }) => `${way.reason.code}>${inner === null ? `*${way.to}` : drawn(inner)}`).join(" ")})`))
    .join(" ");
}

describe("outline", () => {
  it("shows each step once, where it is indented the least, and what nothing leads to apart", () => {
    expect(outline(FLOW).map(drawn)).toEqual(["hours(open>hello menu(key>sales(waited>*bye) key>*menu otherwise>*sales) closed>bye)", "lost"]);
  });

  it("keeps steps that stand on a way round, also without a start", () => {
    const round: FlowDocument = { name: "", start: "gone", steps: { a: { do: "say", prompt: "", next: "b" }, b: { do: "say", prompt: "", next: "a" } } };
    expect(outline(round).map(drawn)).toEqual(["a b(next>*a)"]);
  });
});

describe("editing", () => {
  it("takes every way along when a step is renamed", () => {
    const renamed = renameStep(FLOW, "sales", "line");
    expect(Object.keys(renamed.steps)).toEqual(["hours", "hello", "menu", "line", "bye", "lost"]);
    expect(Object.values(renamed.steps).flatMap((step) => waysOf(step).map(({ to }) => to))).not.toContain("sales");
    expect(renameStep(FLOW, "hours", "door").start).toBe("door");
    expect(renameStep(renamed, "line", "sales")).toEqual(FLOW);
  });

  it("leads every way of every kind of step", () => {
    for (const kind of KINDS) {
      const step = newStep(kind, "sales");
      const led = leadWays(step, () => "there");
      expect(waysOf(led)).toHaveLength(waysOf(step).length);
      for (const { to } of waysOf(led)) expect(to, kind).toBe("there");
    }
  });

  it("finds a free name, and removes a step alone", () => {
    expect(freeName(FLOW, "menu")).toBe("menu-2");
    expect(freeName(FLOW, "new")).toBe("new");
    expect(Object.keys(withoutStep(FLOW, "menu").steps)).toEqual(["hours", "hello", "sales", "bye", "lost"]);
  });
});

describe("stepAt", () => {
  it("finds the step of a mistake, though names may hold dots", () => {
    const steps = ["menu", "menu.1"];
    expect(stepAt({ place: "flows.main.steps.menu.choices.1.next" }, "main", steps)).toEqual({ step: "menu", field: "choices.1.next" });
    expect(stepAt({ place: "flows.main.steps.menu.1.next" }, "main", steps)).toEqual({ step: "menu.1", field: "next" });
    expect(stepAt({ place: "flows.main.steps.menu" }, "main", steps)).toEqual({ step: "menu", field: "" });
    expect(stepAt({ place: "flows.mainly.steps.menu" }, "main", steps)).toBeNull();
    expect(stepAt({ place: "flows.main.start" }, "main", steps)).toBeNull();
  });
});
