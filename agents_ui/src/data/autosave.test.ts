import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NetworkError, ProblemError } from "@/api/rest";
import { Autosave, merged, type SaveState } from "./autosave";

/** What a crash may cost: the text of the last so many milliseconds. */
const MOST_MS = 2_000;

let typed: { readonly at: number; readonly length: number }[];
let sent: { readonly at: number; readonly length: number }[];
let states: SaveState[];
let answer: () => Promise<void>;
let saving: Autosave;

const length = (): number => typed.at(-1)?.length ?? 0;

function type(): void {
  typed.push({ at: Date.now(), length: length() + 1 });
  saving.touch();
}

/** How much of what was typed before `MOST_MS` ago was not sent by `now`. */
function lost(now: number): number {
  const old = typed.filter(({ at }) => at <= now - MOST_MS).at(-1)?.length ?? 0;
  const kept = sent.filter(({ at }) => at <= now).at(-1)?.length ?? 0;
  return Math.max(0, old - kept);
}

beforeEach(() => {
  vi.useFakeTimers();
  typed = [];
  sent = [];
  states = [];
  answer = () => Promise.resolve();
  saving = new Autosave(
    () => {
      sent.push({ at: Date.now(), length: length() });
      return answer();
    },
    (state) => states.push(state),
  );
});

afterEach(() => {
  saving.stop();
  vi.useRealTimers();
});

describe("Autosave", () => {
  it.each([
    ["one after the other without a rest", 90, 0],
    ["slowly", 700, 0],
    ["while each save takes half a second", 90, 500],
  ])("has sent what is older than two seconds, whenever the page dies: typed %s", async (_how, every, takes) => {
    if (takes > 0) answer = () => new Promise((done) => setTimeout(done, takes));
    for (let at = 0; at < 12_000; at += 10) {
      if (at % every === 0 && at < 9_000) type();
      expect(lost(Date.now()), `${String(at)} ms after the first key`).toBe(0);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(sent.at(-1)?.length).toBe(length());
    expect(states.at(-1)).toBe("saved");
  });

  it("waits for a moment without keys, and sends once", async () => {
    type();
    await vi.advanceTimersByTimeAsync(300);
    type();
    await vi.advanceTimersByTimeAsync(599);
    expect(sent).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(1);
    expect(states).toEqual(["saving", "saving", "saved"]);
  });

  it("tries again while the server is away, and says so", async () => {
    answer = () => Promise.reject(new NetworkError());
    type();
    await vi.advanceTimersByTimeAsync(700);
    expect(states.at(-1)).toBe("waiting");
    answer = () => Promise.resolve();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(states.at(-1)).toBe("saved");
  });

  it("does not repeat what is refused", async () => {
    answer = () => Promise.reject(new ProblemError(422, { type: "about:blank", title: "No", status: 422 }));
    type();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(states.at(-1)).toBe("refused");
    expect(sent).toHaveLength(1);
  });

  it("sends what is left when it stops, and nothing after", async () => {
    type();
    saving.stop();
    expect(sent).toHaveLength(1);
    type();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(1);
  });
});

describe("two texts of one beginning", () => {
  it("keeps what was typed in either", () => {
    expect(merged("a", "a b", "a")).toBe("a b");
    expect(merged("a", "a", "a c")).toBe("a c");
    expect(merged("a", "a b", "a c")).toBe("a c\na b");
  });
});
