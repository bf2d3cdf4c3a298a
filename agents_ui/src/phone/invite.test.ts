import { describe, expect, it } from "vitest";
import { asksToBeAnswered, intercomOf } from "./invite";

const invite = (headers: Record<string, string>) => ({ getHeader: (header: string): string | undefined => headers[header] });

describe("an INVITE", () => {
  it("names the internal call to which it belongs", () => {
    expect(intercomOf(invite({ "X-CC-Colleague": "main:intercom-17-a1001" }))).toBe("main:intercom-17-a1001");
  });

  it("is a caller's where it names none: the server's, or Asterisk's own queue's while the server is away", () => {
    expect(intercomOf(invite({ "X-CC-Call": "1764.1" }))).toBeNull();
    expect(intercomOf(invite({}))).toBeNull();
  });

  it("asks to be answered, or waits for a key", () => {
    expect(asksToBeAnswered(invite({ "Call-Info": "<sip:callcenter>;answer-after=0" }))).toBe(true);
    expect(asksToBeAnswered(invite({}))).toBe(false);
  });
});
