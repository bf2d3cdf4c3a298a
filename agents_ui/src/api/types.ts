// The one place that names the generated types; the rest of the console imports them from here.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Role = Schemas["Role"];
export type Site = Schemas["Site"];
export type Disposition = Schemas["DispositionChoice"];
export type Problem = Schemas["Problem"];
export type FieldProblem = Schemas["FieldProblem"];
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

// The plan: queues, skills, teams, flows, hours, prompts.
export type Queue = Schemas["QueueSettings"];
export type QueueForm = Required<Schemas["QueueForm"]>;
export type NewQueue = Schemas["NewQueueForm"];
export type Ring = Required<Schemas["RingSettings"]>;
export type SkillLevel = Schemas["Skill"];
export type SkillChoice = Schemas["SkillChoice"];
export type Scoring = Schemas["ScoringSettings"];
export type ScoringTerm = keyof Scoring;
export type Preset = Schemas["Preset"];
export type Strategy = Schemas["Strategy"];
export type Team = Schemas["TeamSettings"];
export type Routing = Schemas["AgentRouting"];
export type RoutingForm = Schemas["AgentRoutingForm"];
export type Work = Schemas["Work"];
export type ValueClass = Schemas["ValueSettings"];
export type Flow = Schemas["FlowSettings"];
export type FlowDocument = Schemas["FlowDocument"];
export type Step = FlowDocument["steps"][string];
export type Hours = Schemas["HoursSettings"];
export type HoursDocument = Schemas["HoursDocument"];
export type Emergency = Schemas["Emergency"];
export type PlanMistake = Schemas["PlanMistake"];
export type FlowTest = Schemas["FlowTestForm"];
export type FlowWalk = Schemas["FlowWalk"];
export type WalkTrace = Schemas["WalkTrace"];
export type WalkWhy = Schemas["Why"];
export type Recording = Schemas["PromptRecording"];
export type MissingPrompt = Schemas["MissingPrompt"];
export type AuditEntry = Schemas["AuditEntry"];
export type PlanChange = Schemas["Applied"]["changes"][number];
export type CallWhy = Schemas["CallWhy"];
export type AgentWhy = Schemas["AgentWhy"];
export type CandidateAgent = Schemas["CandidateAgent"];
export type Callback = Schemas["Callback"];
export type CallNotes = Schemas["CallNotes"];
export type CallScript = Schemas["CallScript"];
export type ScriptDocument = Schemas["ScriptDocument"];
export type ScriptStep = Schemas["StepDocument"];
export type ScriptField = Schemas["FieldDocument"];
export type ScriptBranch = Schemas["BranchDocument"];
export type ScriptCondition = Schemas["ConditionDocument"];
export type ScriptMistake = Schemas["ScriptMistake"];
export type ScriptSettings = Schemas["ScriptSettings"];
export type ScriptSummary = Schemas["ScriptSummary"];
export type FieldKind = Schemas["FieldKind"];
export type Comparison = Schemas["Comparison"];
export type MissedCaller = Schemas["MissedCaller"];

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
