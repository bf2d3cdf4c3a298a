import { useEffect, useRef, useState } from "react";

/** One recording at a time: `playing` is its address while it sounds; `failed` the one that could not be heard. */
export function usePlayer(): { toggle: (address: string) => void; playing: string | null; failed: string | null } {
  const audio = useRef<HTMLAudioElement | null>(null);
  const [playing, setPlaying] = useState<string | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  useEffect(() => () => audio.current?.pause(), []);
  return {
    playing,
    failed,
    toggle(address) {
      audio.current?.pause();
      setFailed(null);
      if (playing === address) {
        setPlaying(null);
        return;
      }
      const one = new Audio(address);
      audio.current = one;
      const over = (): void => setPlaying((now) => (audio.current === one ? null : now));
      one.addEventListener("ended", over);
      setPlaying(address);
      one.play().catch((error: unknown) => {
        over();
        if (!(error instanceof DOMException && error.name === "AbortError")) setFailed(address);
      });
    },
  };
}
