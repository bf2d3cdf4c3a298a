// Scripts as supervisors edit them.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, done, rest } from "@/api/rest";
import type { ScriptDocument } from "@/api/types";

const of = (script: string) => ({ params: { path: { script } } });

export function useScripts() {
  return useQuery({ queryKey: ["scripts"], queryFn: () => body(rest.GET("/scripts")) });
}

export function useScript(script: string) {
  return useQuery({ queryKey: ["scripts", script], queryFn: () => body(rest.GET("/scripts/{script}", of(script))), retry: false });
}

export function useScriptVersion(script: string, version: number, enabled = true) {
  return useQuery({
    queryKey: ["scripts", script, version],
    queryFn: () => body(rest.GET("/scripts/{script}/versions/{version}", { params: { path: { script, version } } })),
    staleTime: Infinity,
    enabled,
  });
}

export function useScriptChange<Given, Answer>(change: (given: Given) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => queries.invalidateQueries({ queryKey: ["scripts"] }) });
}

export const saveScript = ({ id, base, document }: { id: string; base: number; document: ScriptDocument }) => body(rest.PUT("/scripts/{script}", { ...of(id), body: { base, document } }));
export const publishScript = ({ id, version }: { id: string; version: number }) => done(rest.POST("/scripts/{script}/publish", { ...of(id), body: { version } }));
export const withdrawScript = (id: string) => done(rest.POST("/scripts/{script}/withdraw", of(id)));
export const assignScript = ({ id, queues }: { id: string; queues: string[] }) => done(rest.PUT("/scripts/{script}/queues", { ...of(id), body: { queues } }));
export const checkScript = (document: ScriptDocument, signal: AbortSignal) => body(rest.POST("/scripts/check", { body: { document }, signal }));
