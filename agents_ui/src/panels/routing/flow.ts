// Flows as the editor sees them: what leads where, and the outline that a person reads. Nothing here draws.
import type { FlowDocument, PlanMistake, Step } from "@/api/types";

export type Kind = Step["do"];

export const KINDS = [
  "say", "menu", "ask_number", "set_language", "if_open", "if_known", "by_value", "enqueue", "offer_callback", "voicemail", "call_out", "jump", "hang_up",
] as const satisfies readonly Kind[];

/** What makes a call go this way. `next` is the only way of its step. */
export type Reason =
  | { readonly code: "next" | "otherwise" | "found" | "open" | "closed" | "known" | "unknown" | "declined" | "unanswered" }
  | { readonly code: "key" | "callback"; readonly key: string }
  | { readonly code: "value"; readonly value: string }
  | { readonly code: "waited" | "length" | "expected_wait" | "nobody"; readonly limit: number };

/** `field` leads to the way within its step, as the server's places do. */
export type Way = { readonly field: string; readonly reason: Reason; readonly to: string };

export function waysOf(step: Step): readonly Way[] {
  switch (step.do) {
    case "say":
    case "set_language":
      return [{ field: "next", reason: { code: "next" }, to: step.next }];
    case "menu":
      return [
        ...step.choices.map(({ key, next }, index) => ({ field: `choices.${index}`, reason: { code: "key", key } as const, to: next })),
        { field: "otherwise", reason: { code: "otherwise" }, to: step.otherwise },
      ];
    case "ask_number":
      return [
        { field: "found", reason: { code: "found" }, to: step.found },
        { field: "otherwise", reason: { code: "otherwise" }, to: step.otherwise },
      ];
    case "if_open":
      return [
        { field: "open", reason: { code: "open" }, to: step.open },
        { field: "closed", reason: { code: "closed" }, to: step.closed },
      ];
    case "if_known":
      return [
        { field: "known", reason: { code: "known" }, to: step.known },
        { field: "unknown", reason: { code: "unknown" }, to: step.unknown },
      ];
    case "by_value":
      return [
        ...step.branches.map(({ value, next }, index) => ({ field: `branches.${index}`, reason: { code: "value", value } as const, to: next })),
        { field: "otherwise", reason: { code: "otherwise" }, to: step.otherwise },
      ];
    case "enqueue":
      return [
        ...(step.overflow ?? []).map(({ kind, limit = 0, next }, index) => ({ field: `overflow.${index}`, reason: { code: kind, limit }, to: next })),
        ...(step.callback == null ? [] : [{ field: "callback", reason: { code: "callback", key: step.announcements?.callback_key ?? "" } as const, to: step.callback }]),
      ];
    case "offer_callback":
      return [{ field: "declined", reason: { code: "declined" }, to: step.declined }];
    case "call_out":
      return [{ field: "otherwise", reason: { code: "unanswered" }, to: step.otherwise }];
    case "voicemail":
    case "jump":
    case "hang_up":
      return [];
  }
}

/** The step with every way led elsewhere by `lead`. */
export function leadWays(step: Step, lead: (to: string) => string): Step {
  switch (step.do) {
    case "say":
    case "set_language":
      return { ...step, next: lead(step.next) };
    case "menu":
      return { ...step, choices: step.choices.map((choice) => ({ ...choice, next: lead(choice.next) })), otherwise: lead(step.otherwise) };
    case "ask_number":
      return { ...step, found: lead(step.found), otherwise: lead(step.otherwise) };
    case "if_open":
      return { ...step, open: lead(step.open), closed: lead(step.closed) };
    case "if_known":
      return { ...step, known: lead(step.known), unknown: lead(step.unknown) };
    case "by_value":
      return { ...step, branches: step.branches.map((branch) => ({ ...branch, next: lead(branch.next) })), otherwise: lead(step.otherwise) };
    case "enqueue":
      return {
        ...step,
        ...(step.overflow === undefined ? {} : { overflow: step.overflow.map((rule) => ({ ...rule, next: lead(rule.next) })) }),
        ...(step.callback == null ? {} : { callback: lead(step.callback) }),
      };
    case "offer_callback":
      return { ...step, declined: lead(step.declined) };
    case "call_out":
      return { ...step, otherwise: lead(step.otherwise) };
    case "voicemail":
    case "jump":
    case "hang_up":
      return step;
  }
}

/** Whether what comes next stands below the step, and not indented beside other ways. */
const goesStraight = (step: Step): boolean => step.do === "say" || step.do === "set_language";

export type Outline = { readonly id: string; readonly step: Step; readonly ways: readonly Branch[] };
/** `run` is what follows this way, step by step; null: it leads to a step that stands elsewhere. */
export type Branch = { readonly way: Way; readonly run: readonly Outline[] | null };

/** The flow as runs of steps with their branches. Each step stands once, where it is indented the least; every other
 * way to it is a link. The first run begins at the start, the others at steps that no way leads to from there. */
export function outline(flow: FlowDocument): readonly (readonly Outline[])[] {
  const seen = new Set<string>();
  const runs: (readonly Outline[])[] = [];
  const roots = flow.steps[flow.start] === undefined ? [] : [flow.start];
  for (const root of [...roots, ...Object.keys(flow.steps)]) {
    if (seen.has(root)) continue;
    const owners = spread(flow, root, seen);
    runs.push(runFrom(flow, root, owners));
  }
  return runs;
}

/** From `root`, which way (as "step field") each step stands at; steps in `seen` stand elsewhere already. */
function spread(flow: FlowDocument, root: string, seen: Set<string>): ReadonlyMap<string, string> {
  const depths = new Map([[root, 0]]);
  const owners = new Map<string, string>();
  const levels: string[][] = [[root]];
  for (let depth = 0; depth < levels.length; depth += 1) {
    const level = levels[depth] ?? [];
    // Grows while it is gone through: a straight way stays on its level.
    for (const id of level) {
      if (seen.has(id) || depths.get(id) !== depth) continue;
      seen.add(id);
      const step = flow.steps[id];
      if (step === undefined) continue;
      for (const way of waysOf(step)) {
        if (flow.steps[way.to] === undefined || seen.has(way.to)) continue;
        const deeper = depth + (goesStraight(step) ? 0 : 1);
        if ((depths.get(way.to) ?? Infinity) <= deeper) continue;
        depths.set(way.to, deeper);
        owners.set(way.to, `${id} ${way.field}`);
        (levels[deeper] ??= []).push(way.to);
      }
    }
  }
  return owners;
}

function runFrom(flow: FlowDocument, first: string, owners: ReadonlyMap<string, string>): readonly Outline[] {
  const run: Outline[] = [];
  let id: string | null = first;
  while (id !== null) {
    const step: Step | undefined = flow.steps[id];
    if (step === undefined) break;
    const here: string = id;
    const owned = (way: Way): boolean => owners.get(way.to) === `${here} ${way.field}`;
    const ways = waysOf(step);
    const straight: Way | undefined = goesStraight(step) ? ways[0] : undefined;
    if (straight !== undefined && owned(straight)) {
      run.push({ id, step, ways: [] });
      id = straight.to;
    } else {
      run.push({ id, step, ways: ways.map((way) => ({ way, run: owned(way) ? runFrom(flow, way.to, owners) : null })) });
      id = null;
    }
  }
  return run;
}

export function withStep(flow: FlowDocument, id: string, step: Step): FlowDocument {
  return { ...flow, steps: { ...flow.steps, [id]: step } };
}

/** Ways that led to the step lead to nothing then, which the check tells. */
export function withoutStep(flow: FlowDocument, id: string): FlowDocument {
  return { ...flow, steps: Object.fromEntries(Object.entries(flow.steps).filter(([name]) => name !== id)) };
}

/** The step keeps its place, and every way to it goes with it. The name must be free. */
export function renameStep(flow: FlowDocument, from: string, to: string): FlowDocument {
  const lead = (name: string): string => (name === from ? to : name);
  return {
    ...flow,
    start: lead(flow.start),
    steps: Object.fromEntries(Object.entries(flow.steps).map(([name, step]) => [lead(name), leadWays(step, lead)])),
  };
}

/** A name that no step has: `menu`, `menu-2` ... */
export function freeName(flow: FlowDocument, wanted: string): string {
  let name = wanted;
  for (let count = 2; flow.steps[name] !== undefined; count += 1) name = `${wanted}-${count}`;
  return name;
}

/** A step of this kind that names nothing yet; what it must name, the check asks for. */
export function newStep(kind: Kind, queue: string): Step {
  switch (kind) {
    case "say":
      return { do: "say", prompt: "", next: "" };
    case "menu":
      return { do: "menu", prompt: "", choices: [{ key: "1", next: "" }], otherwise: "", seconds: 5, attempts: 3 };
    case "ask_number":
      return { do: "ask_number", prompt: "", found: "", otherwise: "", most_digits: 12, seconds: 5, attempts: 2 };
    case "set_language":
      return { do: "set_language", language: "en", next: "", wanted: [], patience: 60 };
    case "if_open":
      return { do: "if_open", hours: "", open: "", closed: "" };
    case "if_known":
      return { do: "if_known", known: "", unknown: "" };
    case "by_value":
      return { do: "by_value", branches: [{ value: "", next: "" }], otherwise: "" };
    case "enqueue":
      return { do: "enqueue", queue, overflow: [], announcements: null, music: null, callback: null };
    case "offer_callback":
      return { do: "offer_callback", queue, prompt: "cc-callback-number", declined: "" };
    case "voicemail":
      return { do: "voicemail", queue, prompt: "", seconds: 120 };
    case "call_out":
      return { do: "call_out", number: "", otherwise: "", seconds: 30 };
    case "jump":
      return { do: "jump", flow: "" };
    case "hang_up":
      return { do: "hang_up", prompt: null };
  }
}

/** The prompts that a step plays, as it names them. */
export function promptsOf(step: Step): readonly string[] {
  const own = "prompt" in step && step.prompt != null && step.prompt !== "" ? [step.prompt] : [];
  const announced = step.do === "enqueue" ? step.announcements?.prompt : null;
  return announced == null || announced === "" ? own : [...own, announced];
}

/** The step that a mistake is at, with the field within it; step names may hold dots. */
export function stepAt(mistake: Pick<PlanMistake, "place">, flow: string, steps: Iterable<string>): { step: string; field: string } | null {
  const prefix = `flows.${flow}.steps.`;
  if (!mistake.place.startsWith(prefix)) return null;
  const rest = mistake.place.slice(prefix.length);
  let found: { step: string; field: string } | null = null;
  for (const step of steps) {
    if (rest !== step && !rest.startsWith(`${step}.`)) continue;
    if (found === null || step.length > found.step.length) found = { step, field: rest.slice(step.length + 1) };
  }
  return found;
}
