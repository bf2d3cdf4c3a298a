import { done, rest } from "@/api/rest";
import type { AgentView, Intent } from "@/api/types";

/** Sets what an agent wants to be; a pause needs its reason's code. */
export function setIntent(agent: string, state: Intent, reason?: string): Promise<void> {
  return done(
    rest.PUT("/agents/{agent}/state", {
      params: { path: { agent } },
      body: { state, reason: reason ?? "" },
    }),
  );
}

/** Held by an offer, a conversation, a wrap-up or an internal call: a new wish takes effect afterwards. */
export function isEngaged(agent: AgentView): boolean {
  return agent.state === "offered" || agent.state === "talking" || agent.state === "wrap_up" || agent.state === "internal";
}
