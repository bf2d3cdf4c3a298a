import { describe, expect, it } from "vitest";
import { clearDrafts, dropDraft, pruneDrafts, EMPTY, readDraft, writeDraft } from "./drafts";

describe("drafts", () => {
  it("come back after a reload, for their own call and person only", () => {
    const draft = { disposition: "sold", note: "text", amount: "15", callbackAt: 1_764_000_000, callbackMine: true };
    writeDraft("anna", "main:1.1", draft);
    expect(readDraft("anna", "main:1.1")).toEqual(draft);
    expect(readDraft("anna", "main:1.2").note).toBe("");
    expect(readDraft("boris", "main:1.1").note).toBe("");
    dropDraft("anna", "main:1.1");
    expect(readDraft("anna", "main:1.1").note).toBe("");
  });

  it("are removed at sign-out and after a day", () => {
    writeDraft("anna", "a", { ...EMPTY, note: "1" });
    writeDraft("boris", "b", { ...EMPTY, note: "2" }, Date.now() - 25 * 3600 * 1000);
    pruneDrafts();
    expect(readDraft("boris", "b").note).toBe("");
    expect(readDraft("anna", "a").note).toBe("1");
    clearDrafts("anna");
    expect(readDraft("anna", "a").note).toBe("");
  });

  it("survive nonsense in the storage", () => {
    window.localStorage.setItem("cc.draft.anna.a", "{oops");
    window.localStorage.setItem("cc.draft.anna.b", "[1]");
    expect(readDraft("anna", "a")).toEqual(EMPTY);
    expect(readDraft("anna", "b")).toEqual(EMPTY);
  });
});
