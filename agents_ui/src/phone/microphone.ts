// The microphone: looked for before any call may come, opened while it rings, replaced in mid-call, let go at the end.
// Each opening tells how it stands with it, so that one that failed is forgotten with the next that succeeds.
import type { RTCSession } from "jssip/lib/RTCSession";
import { closeStream, openMicrophone } from "./devices";
import type { PhoneProblem } from "./state";

export class Microphone {
  /** Until it was looked for, and the person asked, no call may come. */
  private wrong: PhoneProblem | null = "connecting";
  /** The voice of the call. */
  private stream: MediaStream | null = null;
  /** While it rings: a headset by radio takes a second to open. */
  private opening: Promise<MediaStream> | null = null;
  private openings = 0;
  private readonly changed: () => void;

  /** `changed` is called when `problem` may have changed. */
  constructor(changed: () => void) {
    this.changed = changed;
  }

  /** Why it can't be used; null when it can. */
  get problem(): PhoneProblem | null {
    return this.wrong;
  }

  /** Unplugged under the call. */
  get gone(): boolean {
    return this.stream?.getAudioTracks().some((track) => track.readyState === "ended") === true;
  }

  /** The browser may ask the person, and nobody answers for long: until then no call can be taken. */
  forbidden(): void {
    this.say("microphone_denied");
  }

  /** Whether there is one that we may use; asks the person once, when nobody did before. */
  async check(): Promise<void> {
    if (this.stream === null) await this.open().then(closeStream, () => undefined);
  }

  /** Opens the one that is chosen now, before the answer needs it. */
  prepare(): void {
    this.unprepare();
    const opening = this.open();
    this.opening = opening;
    opening.catch(() => {
      // The answer tries once more.
      if (this.opening === opening) this.opening = null;
    });
  }

  /** Another one may be chosen now. */
  prepareAnew(): void {
    if (this.opening !== null) this.prepare();
  }

  /** What was prepared, for an answer: to be given to `use`, or closed. */
  take(): Promise<MediaStream> {
    const opening = this.opening ?? this.open();
    this.opening = null;
    return opening;
  }

  use(stream: MediaStream): void {
    this.stream = stream;
  }

  /** Nothing of us listens after it. */
  release(): void {
    this.unprepare();
    closeStream(this.stream);
    this.stream = null;
  }

  /** In mid-call the voice is taken from the device that is there now, muted as before. */
  async replace(session: RTCSession, muted: () => boolean): Promise<void> {
    if (this.stream === null || !session.isEstablished()) return;
    const sender = session.connection.getSenders().find((one) => one.track?.kind === "audio" || one.track === null);
    if (sender === undefined) return;
    let stream: MediaStream;
    try {
      stream = await this.open();
    } catch {
      return;
    }
    const track = stream.getAudioTracks()[0] ?? null;
    const silence = (): void => {
      if (track !== null) track.enabled = !muted();
    };
    try {
      silence();
      await sender.replaceTrack(track);
      // Who muted while it was replaced has muted the old one.
      silence();
    } catch {
      // The call ended meanwhile, and its connection with it.
    }
    // `release` may have run.
    if ((this.stream as MediaStream | null) === null || session.isEnded()) {
      closeStream(stream);
      return;
    }
    closeStream(this.stream);
    this.stream = stream;
  }

  private async open(): Promise<MediaStream> {
    this.openings += 1;
    const { openings } = this;
    // A slow one that was overtaken knows less.
    const say = (problem: PhoneProblem | null): void => {
      if (openings === this.openings) this.say(problem);
    };
    try {
      const stream = await openMicrophone();
      say(null);
      return stream;
    } catch (error) {
      const denied = error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "SecurityError");
      say(denied ? "microphone_denied" : "microphone_missing");
      throw error;
    }
  }

  private unprepare(): void {
    this.opening?.then(closeStream, () => undefined);
    this.opening = null;
  }

  private say(problem: PhoneProblem | null): void {
    this.wrong = problem;
    this.changed();
  }
}
