import type { ScriptDocument } from "@/api/types";
import { makeDrafts } from "@/data/editing";

export const { keepDraft, dropDraft, useDraft } = makeDrafts<ScriptDocument>();
