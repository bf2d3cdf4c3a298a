// Which prompts are recorded, which are needed, and by which flows.
import type { Flow } from "@/api/types";
import { promptsOf } from "./flow";

export type Recording = { readonly language: string; readonly seconds: number; readonly uploaded_by: string; readonly uploaded_at: number };
export type PromptUse = { readonly name: string; readonly recordings: readonly Recording[]; readonly flows: readonly Flow[]; readonly missing: readonly string[] };

/** By name. `missing` are the languages of flows that play the prompt, in which it is not recorded. */
export function promptUse(recorded: readonly (Recording & { readonly id: string })[], flows: readonly Flow[], closing: string | null): readonly PromptUse[] {
  const uses = new Map<string, Flow[]>();
  for (const flow of flows) {
    for (const name of new Set(Object.values(flow.steps).flatMap((step) => promptsOf(step)))) uses.set(name, [...(uses.get(name) ?? []), flow]);
  }
  const names = [...new Set([...recorded.map(({ id }) => id), ...uses.keys(), ...(closing === null ? [] : [closing])])].sort();
  return names.map((name) => {
    const recordings = recorded.filter(({ id }) => id === name);
    const users = uses.get(name) ?? [];
    const spoken = [...new Set(users.flatMap((flow) => languagesOf(flow)))].sort();
    return { name, recordings, flows: users, missing: spoken.filter((language) => !recordings.some((one) => one.language === language)) };
  });
}

/** The language of the flow and those that its callers may choose in it. */
function languagesOf(flow: Flow): readonly string[] {
  return [flow.language ?? "ru", ...Object.values(flow.steps).flatMap((step) => (step.do === "set_language" ? [step.language] : []))];
}
