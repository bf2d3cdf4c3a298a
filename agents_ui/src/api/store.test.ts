import { describe, expect, it, vi } from "vitest";
import { agentView, callView, queueView } from "@/test/samples";
import { EntityStore } from "./store";

describe("EntityStore", () => {
  it("calls only the readers of what changed", () => {
    const store = new EntityStore();
    store.replace({ "agent/anna": agentView(), "call/a": callView({ call: "a" }), "queue/sales": queueView() });
    const anna = vi.fn();
    const queue = vi.fn();
    const calls = vi.fn();
    const queues = vi.fn();
    store.subscribeKey("agent/anna", anna);
    store.subscribeKey("queue/sales", queue);
    store.subscribeKind("call", calls);
    store.subscribeKind("queue", queues);
    store.apply([{ key: "queue/sales", entity: queueView({ waiting: 3 }) }]);
    expect(queue).toHaveBeenCalledTimes(1);
    expect(queues).toHaveBeenCalledTimes(1);
    expect(anna).not.toHaveBeenCalled();
    expect(calls).not.toHaveBeenCalled();
  });

  it("tells of a batch once, when all of it is in", () => {
    const store = new EntityStore();
    const seen: number[] = [];
    store.subscribeKind("call", () => seen.push(store.list("call").length));
    store.apply([
      { key: "call/a", entity: callView({ call: "a" }) },
      { key: "call/b", entity: callView({ call: "b" }) },
    ]);
    expect(seen).toEqual([2]);
  });

  it("gives the same list until one of its kind changes", () => {
    const store = new EntityStore();
    store.replace({ "call/b": callView({ call: "b" }), "call/a": callView({ call: "a" }) });
    const list = store.list("call");
    expect(list.map((call) => call.call)).toEqual(["a", "b"]);
    store.apply([{ key: "queue/sales", entity: queueView() }]);
    expect(store.list("call")).toBe(list);
    store.apply([{ key: "call/a", entity: null }]);
    expect(store.list("call").map((call) => call.call)).toEqual(["b"]);
  });

  it("keeps what a snapshot did not change, and drops what it lacks", () => {
    const store = new EntityStore();
    store.replace({ "agent/anna": agentView(), "call/a": callView({ call: "a" }) });
    const anna = store.get("agent/anna");
    const told = vi.fn();
    store.subscribeKey("agent/anna", told);
    store.replace({ "agent/anna": agentView() });
    expect(store.get("agent/anna")).toBe(anna);
    expect(told).not.toHaveBeenCalled();
    expect(store.get("call/a")).toBeUndefined();
  });

  it("is silent about the end of what it never had", () => {
    const store = new EntityStore();
    const told = vi.fn();
    store.subscribeKind("call", told);
    store.apply([{ key: "call/a", entity: null }]);
    expect(told).not.toHaveBeenCalled();
  });
});
