// What an editor of scripts does to them, and what is different between two versions. Pure.
import type { FieldKind, ScriptBranch, ScriptCondition, ScriptDocument, ScriptField, ScriptStep } from "@/api/types";

export type Words = NonNullable<ScriptStep["text"]>;
export type Language = "ru" | "en";

export function emptyScript(name: string): ScriptDocument {
  return { name, languages: ["ru", "en"], start: "start", steps: [newStep("start")] };
}

export function newStep(id: string): ScriptStep {
  return { id, title: {}, text: {}, fields: [], branches: [], next: null };
}

export function newField(id: string): ScriptField {
  return { id, kind: "text", label: {}, help: {}, required: false, options: [], least: null, most: null };
}

export function withWord(words: Words | undefined, language: Language, text: string): Words {
  const rest = Object.entries(words ?? {}).filter(([name]) => name !== language);
  return Object.fromEntries(text === "" ? rest : [...rest, [language, text]]);
}

export function replaced<T>(items: readonly T[] | undefined, index: number, item: T): T[] {
  return (items ?? []).map((one, place) => (place === index ? item : one));
}

export function without<T>(items: readonly T[] | undefined, index: number): T[] {
  return (items ?? []).filter((_, place) => place !== index);
}

export function raised<T>(items: readonly T[], index: number): T[] {
  const moved = [...items];
  const [item] = moved.splice(index, 1);
  if (item !== undefined) moved.splice(Math.max(0, index - 1), 0, item);
  return moved;
}

export function freeName(taken: readonly string[], stem: string): string {
  let number = taken.length + 1;
  while (taken.includes(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

/** The step under another name, and every way that led to it. */
export function renamed(script: ScriptDocument, index: number, id: string): ScriptDocument {
  const old = script.steps[index]?.id;
  const to = (target: string): string => (target === old ? id : target);
  return {
    ...script,
    start: to(script.start),
    steps: script.steps.map((step, place) => ({
      ...step,
      id: place === index ? id : step.id,
      branches: (step.branches ?? []).map((branch) => ({ ...branch, to: to(branch.to) })),
      next: step.next == null ? null : to(step.next),
    })),
  };
}

/** The kind changed: what the new one can't have goes. */
export function ofKind(field: ScriptField, kind: FieldKind): ScriptField {
  const chooses = kind === "choice" || kind === "choices";
  const bounded = kind !== "phone" && kind !== "choice" && kind !== "yes_no";
  return { ...field, kind, options: chooses ? (field.options ?? []) : [], least: bounded ? (field.least ?? null) : null, most: bounded ? (field.most ?? null) : null };
}

export function fieldsOf(script: ScriptDocument): ScriptField[] {
  return script.steps.flatMap((step) => step.fields ?? []);
}

export const newCondition = (field: ScriptField | undefined): ScriptCondition => ({ field: field?.id ?? "", test: "is", value: field?.options?.[0]?.id ?? (field?.kind === "yes_no" ? "yes" : "") });
export const newBranch = (script: ScriptDocument, field: ScriptField | undefined): ScriptBranch => ({ when: [newCondition(field)], to: script.steps.at(-1)?.id ?? script.start });

/** As it is listed: its title, or its name without one. */
export function titleOf(step: ScriptStep, language: Language): string {
  return wordOr(step.title, language, step.id);
}

export function wordOr(words: Words | undefined, language: Language, otherwise: string): string {
  const text = words?.[language] ?? "";
  return text === "" ? otherwise : text;
}

export type Difference = { readonly place: string; readonly before: string | null; readonly after: string | null };

/** Leaf by leaf; steps, fields and options go by their names and not by their places. */
export function differences(before: ScriptDocument | null, after: ScriptDocument): Difference[] {
  const old = before === null ? new Map<string, string>() : leaves(before);
  const now = leaves(after);
  const found: Difference[] = [];
  for (const place of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(place) ?? null, now.get(place) ?? null];
    if (was !== is) found.push({ place, before: was, after: is });
  }
  return found;
}

function leaves(node: unknown, place = "", into = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(node)) {
    for (const [index, item] of (node as unknown[]).entries()) {
      const named = typeof item === "object" && item !== null && "id" in item && typeof item.id === "string" ? item.id : String(index + 1);
      leaves(item, place === "" ? named : `${place}.${named}`, into);
    }
  } else if (typeof node === "object" && node !== null) {
    for (const [name, value] of Object.entries(node)) leaves(value, place === "" ? name : `${place}.${name}`, into);
  } else if (node !== "" && node !== false && (typeof node === "string" || typeof node === "number" || typeof node === "boolean")) into.set(place, String(node));
  return into;
}
