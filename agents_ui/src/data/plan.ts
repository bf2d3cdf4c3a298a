// The plan: what routing is configured with. One change may touch many lists (who serves what, which flows warn), so
// each change makes all of them be read again.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, done, rest } from "@/api/rest";
import { isChangedMeanwhile } from "./autosave";
import type { PauseReason, Disposition, Emergency, FlowDocument, FlowTest, HoursDocument, NewQueue, QueueForm, RoutingForm, SkillChoice, Team, ValueClass } from "@/api/types";

export { usePrompts } from "./prompts";
export { useQueueSettings } from "./queues";

export function useSkills() {
  return useQuery({ queryKey: ["plan", "skills"], queryFn: () => body(rest.GET("/skills")) });
}

export function usePresets() {
  return useQuery({ queryKey: ["plan", "presets"], queryFn: () => body(rest.GET("/presets")), staleTime: Infinity });
}

export function useTeams() {
  return useQuery({ queryKey: ["plan", "teams"], queryFn: () => body(rest.GET("/teams")) });
}

export function useRoutings() {
  return useQuery({ queryKey: ["plan", "agents"], queryFn: () => body(rest.GET("/agents")) });
}

export function useValues() {
  return useQuery({ queryKey: ["plan", "values"], queryFn: () => body(rest.GET("/values")) });
}

/** All flows, with what is wrong in the whole plan. */
export function useFlows() {
  return useQuery({ queryKey: ["plan", "flows"], queryFn: () => body(rest.GET("/flows")) });
}

export function useHours() {
  return useQuery({ queryKey: ["plan", "hours"], queryFn: () => body(rest.GET("/hours")) });
}

const ASK_AGAIN_MS = 15_000;

/** Asked again now and then: another supervisor may close and open, too. */
export function useEmergency(enabled = true) {
  return useQuery({ queryKey: ["plan", "emergency"], queryFn: () => body(rest.GET("/flows/emergency")), refetchInterval: ASK_AGAIN_MS, enabled });
}

export type AuditFilter = { readonly entity: string; readonly who: string };

export function useAudit({ entity, who }: AuditFilter) {
  return useInfiniteQuery({
    queryKey: ["plan", "audit", entity, who],
    queryFn: ({ pageParam }) =>
      body(
        rest.GET("/audit", {
          params: { query: { limit: 40, ...(entity === "" ? {} : { entity }), ...(who === "" ? {} : { who }), ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** One change of the plan; afterwards everything that it may show in is read again. So it is when somebody else has
 * changed it meanwhile: then there is something new to see. */
export function useChange<Given, Answer>(change: (given: Given) => Promise<Answer>) {
  const queries = useQueryClient();
  const readAgain = () => Promise.all([["plan"], ["site"], ["users"]].map((queryKey) => queries.invalidateQueries({ queryKey })));
  return useMutation({
    mutationFn: change,
    onSuccess: readAgain,
    onError: (error) => (isChangedMeanwhile(error) ? readAgain() : undefined),
  });
}

export const addQueue = (form: NewQueue) => body(rest.POST("/queues", { body: form }));
export const putQueue = ({ id, form }: { id: string; form: QueueForm }) => body(rest.PUT("/queues/{queue}", { params: { path: { queue: id } }, body: form }));
export const removeQueue = (queue: string) => done(rest.DELETE("/queues/{queue}", { params: { path: { queue } } }));
export const putDispositions = ({ base, items }: { base: number; items: readonly Disposition[] }) => body(rest.PUT("/site/dispositions", { body: { base, items: [...items] } }));
export const putPauseReasons = ({ base, items }: { base: number; items: readonly PauseReason[] }) => body(rest.PUT("/site/pause-reasons", { body: { base, items: [...items] } }));
export const putSkill = ({ id, ru, en }: SkillChoice) => body(rest.PUT("/skills/{skill}", { params: { path: { skill: id } }, body: { ru, en } }));
export const removeSkill = (skill: string) => done(rest.DELETE("/skills/{skill}", { params: { path: { skill } } }));
export const putTeam = ({ id, name, queues = [] }: Team) => body(rest.PUT("/teams/{team}", { params: { path: { team: id } }, body: { name, queues } }));
export const removeTeam = (team: string) => done(rest.DELETE("/teams/{team}", { params: { path: { team } } }));
export const putValue = ({ id, name, value }: ValueClass) => body(rest.PUT("/values/{value}", { params: { path: { value: id } }, body: { name, value } }));
export const removeValue = (value: string) => done(rest.DELETE("/values/{value}", { params: { path: { value } } }));
export const putRouting = ({ agent, form }: { agent: string; form: RoutingForm }) =>
  body(rest.PUT("/agents/{agent}/routing", { params: { path: { agent } }, body: form }));
export const putFlow = ({ id, flow }: { id: string; flow: FlowDocument }) => body(rest.PUT("/flows/{flow}", { params: { path: { flow: id } }, body: flow }));
export const removeFlow = (flow: string) => done(rest.DELETE("/flows/{flow}", { params: { path: { flow } } }));
export const checkFlow = (id: string, flow: FlowDocument, signal: AbortSignal) =>
  body(rest.POST("/flows/check", { body: { flows: { [id]: flow } }, signal }));
export const testFlow = (form: FlowTest) => body(rest.POST("/flows/test", { body: form }));
export const putHours = ({ id, hours }: { id: string; hours: HoursDocument }) => body(rest.PUT("/hours/{hours}", { params: { path: { hours: id } }, body: hours }));
export const removeHours = (hours: string) => done(rest.DELETE("/hours/{hours}", { params: { path: { hours } } }));
export const putEmergency = (emergency: Emergency) => body(rest.PUT("/flows/emergency", { body: emergency }));
export const fetchPlan = () => body(rest.GET("/plan"));
export const applyPlan = ({ toml, dryRun }: { toml: string; dryRun: boolean }) =>
  body(rest.POST("/plan/apply", { params: { query: { dry_run: dryRun } }, body: { toml, prune: false } }));
