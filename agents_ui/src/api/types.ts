// The one place that names the generated types; the rest of the console imports them from here.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Role = Schemas["Role"];
export type Site = Schemas["Site"];
export type Disposition = Schemas["DispositionChoice"];
export type Problem = Schemas["Problem"];
export type Refusal = Schemas["Refusal"];
export type Interaction = Schemas["Interaction"];
export type InteractionDetail = Schemas["InteractionDetail"];
export type ClientSummary = Schemas["ClientSummary"];
export type ClientCard = Schemas["ClientCard"];
export type NewClient = Schemas["NewClientForm"];
export type Rank = Schemas["ClientRank"];
export type Candidate = Schemas["Candidate"];
export type Card = Schemas["Card"];
export type User = Schemas["UserAccount"];
export type NewUser = Schemas["NewUserForm"];
export type UserPatch = Schemas["UserForm"];
export type CallOutcome = Schemas["CallOutcome"];
export type OfferOutcome = Schemas["OfferOutcome"];

export type AgentState = Schemas["AgentState"];
export type CallState = Schemas["CallState"];
export type Intent = Schemas["Intent"];
export type AgentView = Schemas["AgentView"];
export type CallView = Schemas["CallView"];
export type QueueView = Schemas["QueueView"];
export type ServerView = Schemas["ServerView"];

export type Entity = Schemas["Entity"];
export type EntityKind = Entity["kind"];
export type EntityOf<K extends EntityKind> = Extract<Entity, { kind: K }>;

export type ServerMessage = Schemas["ServerMessage"];
export type ClientMessage = Schemas["ClientMessage"];
