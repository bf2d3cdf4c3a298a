import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Sent, stage } from "@/test/stage";
import { useCallScript } from "./callScript";

const CALL = "main:1.1";
const answers = { [`POST /calls/${CALL}/script`]: { status: 404, type: "about:blank", title: "no such call" } };
const asked = (sent: Sent[]): number => sent.filter((one) => one.path === `/calls/${CALL}/script`).length;

function Papers() {
  useCallScript(CALL, true);
  return null;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the script of a call", () => {
  it("is asked for again while the call is there", async () => {
    const { sent } = stage(<Papers />, {}, answers);
    await vi.advanceTimersByTimeAsync(10);
    expect(asked(sent)).toBe(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(asked(sent)).toBe(2);
  });

  it("is not asked for any more once the call is gone, though an answer was under way", async () => {
    const { sent } = stage(<Papers />, {}, answers);
    cleanup();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked(sent)).toBeLessThanOrEqual(1);
  });
});
