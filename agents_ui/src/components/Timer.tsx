import { useSecond } from "@/api/clock";
import { duration } from "@/i18n/format";

/** Counts up from `since`; the only thing that re-renders each second. */
export function Timer({ since, className }: { since: number; className?: string }) {
  const now = useSecond();
  return (
    <span className={`num timer ${className ?? ""}`} role="timer" aria-live="off">
      {duration(now - since)}
    </span>
  );
}
