import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

type Painted = typeof import("./painted");
let told: (name: string) => void;
let painted: Painted;

class Observer {
  constructor(callback: (list: { getEntries: () => { identifier: string }[] }) => void) {
    told = (identifier) => callback({ getEntries: () => [{ identifier }] });
  }

  observe(): void {
    // Nothing is observed: the test tells.
  }
}

beforeEach(async () => {
  vi.resetModules();
  vi.stubGlobal("PerformanceElementTiming", Observer);
  vi.stubGlobal("PerformanceObserver", Observer);
  painted = await import("./painted");
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("what is on screen", () => {
  it("is so when the browser has presented it, and stays so", () => {
    const name = painted.cardPaint("main:1.1");
    const then = vi.fn();
    painted.whenPainted(name, then);
    expect(then).not.toHaveBeenCalled();
    told("something else");
    expect(then).not.toHaveBeenCalled();
    told(name);
    expect(then).toHaveBeenCalledTimes(1);
    const again = vi.fn();
    painted.whenPainted(name, again); // after a reconnection, for a server that may not have heard it
    expect(again).toHaveBeenCalledTimes(1);
  });

  it("is another thing when the card of the same call comes again", () => {
    const first = painted.cardPaint("main:1.1");
    const second = painted.cardPaint("main:1.1");
    const then = vi.fn();
    painted.whenPainted(second, then);
    told(first);
    expect(then).not.toHaveBeenCalled();
  });

  it("is not told of what was taken away before", () => {
    const name = painted.cardPaint("main:1.1");
    const then = vi.fn();
    const giveUp = painted.whenPainted(name, then);
    giveUp();
    told(name);
    expect(then).not.toHaveBeenCalled();
  });

  it("is told when the tab is hidden before its paint, which then never comes", () => {
    const then = vi.fn();
    painted.whenPainted(painted.cardPaint("main:1.1"), then);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(then).not.toHaveBeenCalled();
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    document.dispatchEvent(new Event("visibilitychange"));
    expect(then).toHaveBeenCalledTimes(1);
  });

  it("is told at once by a hidden tab, which paints nothing", () => {
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    const then = vi.fn();
    painted.whenPainted(painted.cardPaint("main:1.1"), then);
    expect(then).toHaveBeenCalledTimes(1);
  });
});
