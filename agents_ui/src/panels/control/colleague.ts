import { useEntity } from "@/api/collection";

/** A colleague's name; the login for one whom the picture doesn't have. */
export function useColleague(agent: string | null): string {
  return useEntity("colleague", agent)?.name ?? agent ?? "";
}
