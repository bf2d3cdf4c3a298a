// The ring and the test tone, made here so that no file has to be loaded, and played on one or two devices.
import { NONE, playOn, resolve } from "./devices";

const RING_SECONDS = 4;

export class Ringer {
  private stop: (() => void) | null = null;

  /** Rings until `silence`; on the ringer's device, and on a second one if that was chosen. */
  async ring(): Promise<void> {
    if (this.stop !== null) return;
    let over = false;
    this.stop = () => {
      over = true;
    };
    const [first, second] = await Promise.all([resolve("ringer"), resolve("second")]);
    const devices = second.id === NONE || second.id === first.id ? [first.id] : [first.id, second.id];
    // Silenced meanwhile: an answer may come before the devices are known.
    if (over as boolean) return;
    const stops = devices.map((device) => sound(device, ringing));
    this.stop = () => stops.forEach((end) => end());
  }

  silence(): void {
    this.stop?.();
    this.stop = null;
  }
}

/** A short tone on a device, to hear whether it is the right one. */
export function testTone(device: string): void {
  const stop = sound(device, (context, out) => tone(context, out, 0, 0.6, [523.25, 659.25]));
  setTimeout(stop, 900);
}

/** Two beeps where the voice will be heard, within 300 ms: a call was answered by itself. */
export async function connectTone(): Promise<void> {
  const { id } = await resolve("speaker");
  const stop = sound(id, (context, out) => {
    tone(context, out, 0, 0.12, [880]);
    tone(context, out, 0.17, 0.12, [1174.66]);
  });
  setTimeout(stop, 600);
}

function ringing(context: AudioContext, out: AudioNode): void {
  for (let at = 0; at < 120; at += RING_SECONDS) {
    tone(context, out, at, 0.4, [440, 480]);
    tone(context, out, at + 0.6, 0.4, [440, 480]);
  }
}

function tone(context: AudioContext, out: AudioNode, at: number, seconds: number, pitches: readonly number[]): void {
  const gain = context.createGain();
  const start = context.currentTime + at;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.16, start + 0.03);
  gain.gain.setValueAtTime(0.16, start + seconds - 0.05);
  gain.gain.linearRampToValueAtTime(0, start + seconds);
  gain.connect(out);
  for (const pitch of pitches) {
    const oscillator = context.createOscillator();
    oscillator.frequency.value = pitch;
    oscillator.connect(gain);
    oscillator.start(start);
    oscillator.stop(start + seconds);
  }
}

/** Plays what `make` builds on a device; returns how to stop. */
function sound(device: string, make: (context: AudioContext, out: AudioNode) => void): () => void {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = out.stream;
  make(context, out);
  // A page that nobody has touched yet may not play: then the screen alone tells of the call.
  const quiet = (): undefined => undefined;
  void playOn(element, device).then(() => element.play()).catch(quiet);
  return () => {
    element.pause();
    element.srcObject = null;
    void context.close().catch(quiet);
  };
}
