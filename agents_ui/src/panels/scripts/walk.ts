// The way through a script that answers lead, as the server walks it (callcenter/scripts/walk.py); the tests of both go
// by the cases of tests/scripts/walk_cases.json.
import type { ScriptCondition, ScriptDocument, ScriptField, ScriptStep } from "@/api/types";
import type { Language } from "@/i18n";

export type Value = string | number | boolean | readonly string[];
export type Answers = Readonly<Record<string, Value>>;
export type Walk = { readonly steps: readonly string[]; readonly missing: readonly string[]; readonly ended: boolean };

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LARGEST = 1e15;
const LONGEST_TEXT = 2000;

/** Midnight of "2026-03-09"; null for what is no day of the calendar, which `Date.parse` may take for a later one. */
function dayOf(text: string): number | null {
  if (!DATE.test(text)) return null;
  const moment = Date.parse(text);
  return Number.isNaN(moment) || new Date(moment).toISOString().slice(0, 10) !== text ? null : moment;
}

function numberOf(value: string | number): number | null {
  return typeof value === "number" ? value : NUMBER.test(value) ? Number(value) : null;
}

export function walk(script: ScriptDocument, answers: Answers): Walk {
  const steps = new Map([...script.steps].reverse().map((step) => [step.id, step]));
  const way: string[] = [];
  let at: string | null = script.start;
  while (at !== null) {
    const step = steps.get(at);
    if (step === undefined || way.includes(at)) return { steps: way, missing: [], ended: false };
    way.push(at);
    const missing = missingIn(step, answers);
    if (missing.length > 0) return { steps: way, missing, ended: false };
    at = following(step, answers);
  }
  return { steps: way, missing: [], ended: true };
}

export function missingIn(step: ScriptStep, answers: Answers): string[] {
  return (step.fields ?? []).filter((field) => field.required === true && !answered(answers, field.id)).map(({ id }) => id);
}

export function following(step: ScriptStep, answers: Answers): string | null {
  const taken = (step.branches ?? []).find((branch) => branch.when.every((condition) => holds(condition, answers)));
  return taken === undefined ? (step.next ?? null) : taken.to;
}

export function answered(answers: Answers, field: string): boolean {
  const value = answers[field];
  return value !== undefined && value !== "" && !(isSeveral(value) && value.length === 0);
}

export function isSeveral(value: Value | undefined): value is readonly string[] {
  return Array.isArray(value);
}

export function holds({ field, test, value = "" }: ScriptCondition, answers: Answers): boolean {
  const given = answers[field];
  const there = answered(answers, field);
  if (test === "answered") return there;
  if (test === "not_answered") return !there;
  if (given === undefined || !there) return test === "is_not";
  switch (test) {
    case "is":
      return same(given, value);
    case "is_not":
      return !same(given, value);
    case "has":
      return isSeveral(given) && given.includes(value);
    case "less":
      return (order(given, value) ?? 0) < 0;
    case "more":
      return (order(given, value) ?? 0) > 0;
  }
}

function same(given: Value, value: string): boolean {
  if (typeof given === "boolean") return value === (given ? "yes" : "no");
  if (isSeveral(given)) return given.length === 1 && given[0] === value;
  const how = order(given, value);
  return how === null ? given === value : how === 0;
}

function order(given: Value, value: string): number | null {
  if (typeof given === "boolean" || isSeveral(given)) return null;
  const [left, right] = [numberOf(given), numberOf(value)];
  if (left !== null && right !== null) return Math.sign(left - right);
  const [first, second] = [dayOf(String(given)), dayOf(value)];
  return first === null || second === null ? null : Math.sign(first - second);
}

const PHONE = /^\+?[0-9 ()-]{2,32}$/;
const MONEY = /^-?\d{1,15}(\.\d{1,2})?$/;
export type Wrong = { readonly code: "badValue" } | { readonly code: "atLeast" | "atMost"; readonly bound: number };

/** Why an answer does not fit, null if it does; none is always fine. `today` is "2026-03-09". */
export function wrongAnswer(field: ScriptField, value: Value | undefined, today: string): Wrong | null {
  if (value === undefined || value === "" || (isSeveral(value) && value.length === 0)) return null;
  const bad: Wrong = { code: "badValue" };
  switch (field.kind) {
    case "text":
      return typeof value === "string" ? outside({ ...field, most: Math.min(field.most ?? LONGEST_TEXT, LONGEST_TEXT) }, Array.from(value).length) : bad;
    case "phone":
      return typeof value === "string" && PHONE.test(value) ? null : bad;
    case "number":
      return typeof value === "number" && Math.abs(value) <= LARGEST ? outside(field, value) : bad;
    case "money":
      return typeof value === "string" && MONEY.test(value) ? outside(field, Number(value)) : bad;
    case "date": {
      const day = typeof value === "string" ? dayOf(value) : null;
      return day === null ? bad : outside(field, Math.round((day - Date.parse(today)) / 86_400_000));
    }
    case "choices":
      return isSeveral(value) && new Set(value).size === value.length && value.every((id) => isOption(field, id)) ? outside(field, value.length) : bad;
    case "choice":
      return typeof value === "string" && isOption(field, value) ? null : bad;
    case "yes_no":
      return typeof value === "boolean" ? null : bad;
  }
}

function isOption(field: ScriptField, id: string): boolean {
  return (field.options ?? []).some((option) => option.id === id);
}

function outside({ least = null, most = null }: ScriptField, value: number): Wrong | null {
  if (least !== null && value < least) return { code: "atLeast", bound: least };
  if (most !== null && value > most) return { code: "atMost", bound: most };
  return null;
}

/** A text with its placeholders filled; what is not known yet is a gap that is seen. */
export function fill(text: string, known: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => (known[name] ?? "") === "" ? "…" : (known[name] ?? ""));
}

/** Where the operator stands: what was answered may lead another way than the step that was stood on. */
export function standing(script: ScriptDocument, answers: Answers, step: string): string {
  const way = walk(script, answers).steps;
  return way.includes(step) ? step : (way.at(-1) ?? script.start);
}

/** In one line what the script says where the operator stands: the step's title, and the first line of its text. */
export function suggestion(script: ScriptDocument, answers: Answers, step: string, known: Readonly<Record<string, string>>, language: Language): string {
  const at = standing(script, answers, step);
  const here = script.steps.find(({ id }) => id === at);
  const text = fill(here?.text?.[language] ?? "", known).trim().split("\n", 1)[0] ?? "";
  return [here?.title?.[language] ?? "", text.trim()].filter((part) => part !== "").join(": ");
}

export function answerTexts(script: ScriptDocument, answers: Answers, language: Language, words: { yes: string; no: string }): Record<string, string> {
  const found: Record<string, string> = {};
  for (const step of script.steps)
    for (const field of step.fields ?? []) {
      const value = answers[field.id];
      if (value === undefined) continue;
      const name = (id: string): string => field.options?.find((option) => option.id === id)?.text?.[language] ?? id;
      found[`answer.${field.id}`] = typeof value === "boolean" ? (value ? words.yes : words.no).toLowerCase() : isSeveral(value) ? value.map(name).join(", ") : name(String(value));
    }
  return found;
}

/** The longest way there can be from a step on, for the progress. */
export function longestFrom(script: ScriptDocument, start: string): number {
  const steps = new Map(script.steps.map((step) => [step.id, step]));
  const known = new Map<string, number>();
  const from = (id: string, way: ReadonlySet<string>): number => {
    const step = steps.get(id);
    if (step === undefined || way.has(id)) return 0;
    const cached = known.get(id);
    if (cached !== undefined) return cached;
    const on = new Set(way).add(id);
    const ways = [...(step.branches ?? []).map(({ to }) => to), ...(step.next == null ? [] : [step.next])];
    const length = 1 + Math.max(0, ...ways.map((to) => from(to, on)));
    known.set(id, length);
    return length;
  };
  return from(start, new Set());
}
