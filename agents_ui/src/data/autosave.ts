// Saving as it is typed: a short while after the last key, and never later than a second and a half after the first one
// that is not saved yet. One request at a time; what is typed meanwhile goes with the next.
import { NetworkError, ProblemError } from "@/api/rest";

const AFTER_MS = 600;
const LATEST_MS = 1_400;
const AGAIN_MS = 2_000;

export type SaveState = "saved" | "saving" | "waiting" | "refused";

export class Autosave {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since: number | null = null;
  private running = false;
  private stopped = false;

  private readonly save: () => Promise<void>;
  private readonly tell: (state: SaveState) => void;

  /** `save` sends what there is now. */
  constructor(save: () => Promise<void>, tell: (state: SaveState) => void) {
    this.save = save;
    this.tell = tell;
  }

  /** Something was typed. */
  touch(): void {
    if (this.stopped) return;
    const now = Date.now();
    this.since ??= now;
    this.tell("saving");
    this.at(Math.max(0, Math.min(AFTER_MS, this.since + LATEST_MS - now)));
  }

  /** Send at once what is not saved yet. */
  flush(): void {
    if (this.since !== null && !this.stopped) void this.run();
  }

  stop(): void {
    this.flush();
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Something was typed while the last request was on its way. */
  private pending(): boolean {
    return this.since !== null;
  }

  private at(delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), delay);
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    if (this.running) return;
    this.running = true;
    this.since = null;
    let again: number | null = null;
    try {
      await this.save();
      this.tell("saved");
    } catch (error) {
      const passing = error instanceof NetworkError || (error instanceof ProblemError && error.status >= 500);
      this.tell(passing ? "waiting" : "refused");
      if (passing) again = AGAIN_MS;
    } finally {
      this.running = false;
    }
    if (this.stopped) return;
    if (this.pending()) this.touch();
    else if (again !== null) {
      this.since = Date.now();
      this.at(again);
    }
  }
}

export function isChangedMeanwhile(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 409 && error.errors.some(({ code }) => code === "changed");
}

/** The version that somebody else saved meanwhile; null for any other error. */
export function changedTo(error: unknown): number | null {
  if (!(error instanceof ProblemError) || !isChangedMeanwhile(error)) return null;
  const now = error.errors.find(({ code }) => code === "changed")?.parameters?.now;
  return now === undefined ? null : Number(now);
}

/** One text out of two that began as `base`: nothing that was typed in either is lost. */
export function merged(base: string, mine: string, theirs: string): string {
  if (mine === theirs || theirs === base) return mine;
  if (mine === base || theirs.includes(mine)) return theirs;
  if (mine.includes(theirs)) return mine;
  return `${theirs}\n${mine}`;
}
