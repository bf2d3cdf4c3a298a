import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { Theme } from "@/App";
import { LiveContext } from "@/api/collection";
import type { Connection, Status } from "@/api/connection";
import { EntityStore } from "@/api/store";
import type { Entity } from "@/api/types";
import { SITE } from "./samples";

export type Sent = { method: string; path: string; query: Record<string, string> | undefined; body: unknown };

/** A page on a picture of its own. `answers` are bodies by "GET /path"; everything sent is kept. */
export function stage(page: ReactNode, entities: Record<string, Entity>, answers: Record<string, unknown> = {}, part: Partial<Status> = {}) {
  const store = new EntityStore();
  store.replace(entities);
  const status: Status = { phase: "live", leads: true, newBuild: false, everLive: true, lostAt: null, node: "n1", back: null, ...part };
  const connection = { status: () => status, subscribe: () => () => undefined } as unknown as Connection;
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  queries.setQueryData(["site"], SITE);
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url, "http://localhost");
    const path = decodeURIComponent(url.pathname.replace("/api/v1", ""));
    const text = await request.text();
    sent.push({ method: request.method, path, query: url.search === "" ? undefined : Object.fromEntries(url.searchParams), body: text === "" ? null : JSON.parse(text) });
    const answer = answers[`${request.method} ${path}`];
    if (answer === undefined) return new Response(null, { status: 204 });
    const { status: code = 200 } = answer as { status?: number };
    return new Response(JSON.stringify(answer), { status: code, headers: { "Content-Type": "application/json" } });
  });
  render(
    <QueryClientProvider client={queries}>
      <Theme>
        <LiveContext value={{ store, connection }}>{page}</LiveContext>
      </Theme>
    </QueryClientProvider>,
  );
  return { store, sent };
}
