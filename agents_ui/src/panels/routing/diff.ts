// A change of the plan as lines that a person can read.
import type { PlanChange } from "@/api/types";

export type Line = { readonly path: string; readonly before: string | null; readonly after: string | null };

/** What differs, leaf by leaf; lists of plain values and of things with a name are compared as wholes. */
export function changedLines(before: PlanChange["before"], after: PlanChange["after"]): readonly Line[] {
  const old = leaves(before ?? {});
  const now = leaves(after ?? {});
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return paths
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }))
    .filter((line) => line.before !== line.after);
}

function leaves(value: unknown, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  if (isRecord(value)) {
    for (const [name, inner] of Object.entries(value)) {
      for (const [path, text] of leaves(inner, prefix === "" ? name : `${prefix}.${name}`)) found.set(path, text);
    }
  } else {
    const text = words(value);
    if (text !== "") found.set(prefix, text);
  }
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `sales, support`; `tech 3`; `after 30 required tech 1`. */
function words(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(words).filter((text) => text !== "").join(", ");
  if (isRecord(value)) {
    const { skill, level, queue, weight } = value;
    if (typeof skill === "string") return `${skill} ${words(level)}`;
    if (typeof queue === "string" && typeof weight === "number") return `${queue} × ${weight}`;
    return Object.entries(value)
      .map(([name, inner]) => [name, words(inner)] as const)
      .filter(([, text]) => text !== "")
      .map(([name, text]) => `${name} ${text}`)
      .join(" ");
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : JSON.stringify(value);
}
