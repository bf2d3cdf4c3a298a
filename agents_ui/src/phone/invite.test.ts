import { describe, expect, it } from "vitest";
import { colleagueOf } from "./invite";

type Invite = Parameters<typeof colleagueOf>[0];

function invite(headers: Record<string, string>, user: string, name = ""): Invite {
  return {
    session: { remote_identity: { display_name: name, uri: { user } } },
    request: { getHeader: (header: string) => headers[header] },
  } as unknown as Invite;
}

describe("who calls the station", () => {
  it("is a colleague where the dialplan says so", () => {
    expect(colleagueOf(invite({ "X-CC-Colleague": "1" }, "a1002"), "a1001")).toBe("a1002");
  });

  it("is the one who is called, on the phone from which it is done", () => {
    expect(colleagueOf(invite({ "X-CC-Colleague": "1" }, "a1002", "a1001"), "a1001")).toBe("a1002");
  });

  it("is no colleague in a caller's call", () => {
    expect(colleagueOf(invite({ "X-CC-Call": "1764.1" }, "+79161234567"), "a1001")).toBeNull();
  });

  it("is no colleague where Asterisk's own queue rings while the server is away", () => {
    expect(colleagueOf(invite({}, "+79161234567", "Ivan"), "a1001")).toBeNull();
  });
});
