import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ScriptCondition, ScriptDocument, ScriptField } from "@/api/types";
import { answerTexts, holds, suggestion, walk, wrongAnswer, type Answers, type Value } from "./walk";

type Cases = {
  readonly today: string;
  readonly conditions: readonly { test: ScriptCondition["test"]; value: string; given: Value | null; holds: boolean }[];
  readonly answers: readonly { kind: ScriptField["kind"]; least: number | null; most: number | null; value: Value; wrong: string | null }[];
  readonly scripts: Readonly<Record<string, ScriptDocument>>;
  readonly walks: readonly { script: string; answers: Answers; steps: readonly string[]; missing: readonly string[]; ended: boolean }[];
};

// The server's own test goes by the same file.
const CASES = JSON.parse(readFileSync("../tests/scripts/walk_cases.json", "utf8")) as Cases;
const OPTIONS = ["a", "b", "c"].map((id) => ({ id, text: {} }));

describe("walking a script as the server does", () => {
  it.each(CASES.conditions)("$test $value, given $given: $holds", ({ test, value, given, holds: expected }) => {
    expect(holds({ field: "f", test, value }, given === null ? {} : { f: given })).toBe(expected);
  });

  it.each(CASES.answers)("$kind $value from $least to $most: $wrong", ({ kind, least, most, value, wrong }) => {
    const field: ScriptField = { id: "f", kind, label: {}, options: OPTIONS, least, most };
    expect(wrongAnswer(field, value, CASES.today)?.code ?? null).toBe(wrong);
  });

  it.each(CASES.walks)("$script with $answers", ({ script, answers, steps, missing, ended }) => {
    const document = CASES.scripts[script];
    if (document === undefined) throw new Error(`no script ${script}`);
    expect(walk(document, answers)).toEqual({ steps, missing, ended });
  });
});

describe("what a script suggests", () => {
  const script = {
    name: "Sales",
    languages: ["en"],
    start: "hello",
    steps: [
      { id: "hello", title: { en: "Greeting" }, text: { en: "Good day, {client.name}!\nAnd so on." }, fields: [{ id: "wish", kind: "text", label: { en: "Wish" }, required: true }], next: "end" },
      { id: "end", text: { en: "Thank you: {answer.wish}" } },
    ],
  } as unknown as ScriptDocument;

  it.each([
    ["hello", {}, "Greeting: Good day, Maria!"],
    ["hello", { wish: "windows" }, "Greeting: Good day, Maria!"],
    ["end", { wish: "windows" }, "Thank you: windows"],
    // Not reached by these answers, or a step of another version: where the way ends.
    ["end", {}, "Greeting: Good day, Maria!"],
    ["gone", { wish: "windows" }, "Thank you: windows"],
  ])("at %s with %j", (step, answers, said) => {
    const known = { "client.name": "Maria", ...answerTexts(script, answers, "en", { yes: "yes", no: "no" }) };
    expect(suggestion(script, answers, step, known, "en")).toBe(said);
  });

  it("is nothing where the step says nothing in this language", () => {
    expect(suggestion(script, {}, "hello", {}, "ru")).toBe("");
  });
});
