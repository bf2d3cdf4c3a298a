// REST, typed by the server's OpenAPI. Every refusal becomes one ProblemError; a lost network one NetworkError.
import createClient, { type Middleware } from "openapi-fetch";
import { learnServerTime } from "./clock";
import type { paths } from "./schema";
import type { FieldProblem, Problem, Refusal } from "./types";

export class ProblemError extends Error {
  readonly status: number;
  readonly refusal: Refusal | null;
  readonly fields: ReadonlyMap<string, string>;
  /** The same with their codes, parameters and remedies. */
  readonly errors: readonly FieldProblem[];

  constructor(status: number, problem: Partial<Problem> | null) {
    super(problem?.detail ?? problem?.title ?? `HTTP ${status}`);
    this.name = "ProblemError";
    this.status = status;
    this.refusal = problem?.refusal ?? null;
    this.errors = problem?.errors ?? [];
    this.fields = new Map((problem?.errors ?? []).map((error) => [error.field, error.message]));
  }
}

export class NetworkError extends Error {
  constructor() {
    super("the server cannot be reached");
    this.name = "NetworkError";
  }
}

const guard: Middleware = {
  onRequest({ request }) {
    // The server takes an unsafe request only with this header, which no foreign form can send.
    request.headers.set("X-Requested-With", "callcenter");
    return request;
  },
  onResponse({ response }) {
    learnServerTime(response.headers.get("Date"));
    return undefined;
  },
  onError() {
    return new NetworkError();
  },
};

export const rest = createClient<paths>({
  baseUrl: `${window.location.origin}/api/v1`,
  credentials: "same-origin",
  // Looked up at each call, so that a test may put its own in place.
  fetch: (request) => globalThis.fetch(request),
});
rest.use(guard);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of a good answer; throws ProblemError otherwise. */
export async function body<T>(answer: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new ProblemError(response.status, asProblem(error));
  if (data === undefined || data === null) throw new ProblemError(response.status, null);
  return data;
}

/** For answers without a body. */
export async function done(answer: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await answer;
  if (!response.ok) throw new ProblemError(response.status, asProblem(error));
}

function asProblem(error: unknown): Partial<Problem> | null {
  return typeof error === "object" && error !== null ? error : null;
}
