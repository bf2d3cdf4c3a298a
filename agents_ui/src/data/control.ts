import { body, done, rest } from "@/api/rest";

const of = (call: string) => ({ params: { path: { call } } });

/** Whom a caller is handed to, or who is asked: exactly one of the three. */
export type Target = { readonly queue: string } | { readonly to: string } | { readonly number: string };

export const holdCall = (call: string): Promise<void> => done(rest.POST("/calls/{call}/hold", of(call)));
export const resumeCall = (call: string): Promise<void> => done(rest.POST("/calls/{call}/resume", of(call)));
export const parkCall = (call: string): Promise<void> => done(rest.POST("/calls/{call}/park", of(call)));
export const fetchCall = (call: string): Promise<void> => done(rest.POST("/calls/{call}/fetch", of(call)));
export const completeTransfer = (call: string): Promise<void> => done(rest.POST("/calls/{call}/complete", of(call)));
export const joinGuest = (call: string): Promise<void> => done(rest.POST("/calls/{call}/join", of(call)));
export const dismissGuest = (call: string): Promise<void> => done(rest.POST("/calls/{call}/dismiss", of(call)));
export const leaveCall = (call: string): Promise<void> => done(rest.POST("/calls/{call}/leave", of(call)));

export function transferCall(call: string, target: Target): Promise<void> {
  return done(rest.POST("/calls/{call}/transfer", { ...of(call), body: target }));
}

export function consult(call: string, target: Target): Promise<void> {
  return "queue" in target ? Promise.reject(new Error("a queue can't be asked")) : done(rest.POST("/calls/{call}/consult", { ...of(call), body: target }));
}

export function pauseRecording(call: string, paused: boolean): Promise<void> {
  return done(rest.PUT("/calls/{call}/recording", { ...of(call), body: { paused } }));
}

export const pressKeys = (call: string, keys: string): Promise<void> => done(rest.POST("/calls/{call}/keys", { ...of(call), body: { keys } }));

/** Calls a number: one's own phone rings first. Asking twice with one name dials once. */
export async function dialClient(number: string): Promise<void> {
  await body(rest.POST("/calls", { body: { name: `c-${crypto.randomUUID()}`, number } }));
}

