// Which microphone and speakers are used: chosen once, remembered in this browser, and survived when unplugged. A
// device that is gone is replaced by the system's own until it is back; the choice stays.

export type Role = "microphone" | "speaker" | "ringer" | "second";
export type Choice = { readonly id: string; readonly label: string };

const KEY = "cc.phone.";
export const SYSTEM = "default";
/** The second device to ring on may be none. */
export const NONE = "";

const kinds = { microphone: "audioinput", speaker: "audiooutput", ringer: "audiooutput", second: "audiooutput" } as const;

export function chosen(role: Role): Choice {
  const fallback = { id: role === "second" ? NONE : SYSTEM, label: "" };
  try {
    const kept = window.localStorage.getItem(KEY + role);
    const parsed: unknown = kept === null ? null : JSON.parse(kept);
    if (typeof parsed !== "object" || parsed === null || !("id" in parsed) || !("label" in parsed)) return fallback;
    return { id: String(parsed.id), label: String(parsed.label) };
  } catch {
    return fallback;
  }
}

export function choose(role: Role, choice: Choice): void {
  try {
    window.localStorage.setItem(KEY + role, JSON.stringify(choice));
  } catch {
    // Forbidden storage: the system's own devices are used.
  }
}

export async function list(role: Role): Promise<MediaDeviceInfo[]> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((device) => device.kind === kinds[role] && device.deviceId !== "");
}

/** The device to use now, and whether the chosen one is missing. Ids change when a browser's data are cleared: then the
 * label finds it again. */
export async function resolve(role: Role): Promise<{ id: string; missing: boolean }> {
  const wanted = chosen(role);
  if (wanted.id === SYSTEM || wanted.id === NONE) return { id: wanted.id, missing: false };
  const devices = await list(role);
  const found = devices.find((device) => device.deviceId === wanted.id) ?? devices.find((device) => wanted.label !== "" && device.label === wanted.label);
  if (found !== undefined) return { id: found.deviceId, missing: false };
  return { id: role === "second" ? NONE : SYSTEM, missing: true };
}

/** The chosen microphone's sound, with the browser's echo cancelling. */
export async function openMicrophone(): Promise<MediaStream> {
  const { id } = await resolve("microphone");
  const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return navigator.mediaDevices.getUserMedia({ audio: id === SYSTEM ? audio : { ...audio, deviceId: { exact: id } } });
}

/** Tells when the person allows or forbids the microphone in the browser's own menus; returns how to stop. Browsers
 * that don't tell of it say so by a changed device, or not at all. */
export function followPermission(tell: (allowed: boolean) => void): () => void {
  let over = false;
  let status: PermissionStatus | null = null;
  const changed = (): void => tell(status?.state === "granted");
  navigator.permissions.query({ name: "microphone" }).then(
    (found) => {
      if (over) return;
      status = found;
      found.addEventListener("change", changed);
    },
    () => undefined,
  );
  return () => {
    over = true;
    status?.removeEventListener("change", changed);
  };
}

export function closeStream(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

type Sinkable = { setSinkId?: (id: string) => Promise<void> };

/** Play on a device; browsers without the choice play on the system's own. */
export async function playOn(element: HTMLAudioElement, id: string): Promise<void> {
  const sinkable: Sinkable = element;
  if (sinkable.setSinkId === undefined) return;
  // The system's own device is the empty id here.
  await sinkable.setSinkId(id === SYSTEM ? "" : id);
}

/** Follows a stream's loudness, 0 to 1, some times a second; returns how to stop. */
export function meter(stream: MediaStream, tell: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    // 60 dB fill the meter.
    tell(Math.max(0, Math.min(1, 1 + (10 * Math.log10(power + 1e-9)) / 60)));
  }, 80);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
