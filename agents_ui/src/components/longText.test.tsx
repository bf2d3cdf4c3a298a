import { fireEvent, screen } from "@testing-library/react";
import { useState } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import { changeLanguage } from "@/i18n";
import { stage } from "@/test/stage";
import { LONGEST_TEXT, LongText } from "./LongText";

function Field({ first }: { first: string }) {
  const [text, setText] = useState(first);
  return <LongText aria-label="note" data-testid="field" value={text} onText={setText} />;
}

const field = () => screen.getByTestId<HTMLTextAreaElement>("field");
const said = () => screen.queryByTestId("text-cut")?.textContent;

/** As a browser does it: the text stands there, and the caret at its end. */
function put(text: string, at = field().value.length): void {
  const { value } = field();
  const next = value.slice(0, at) + text + value.slice(at);
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(field(), next);
  field().setSelectionRange(at + text.length, at + text.length);
  fireEvent.input(field());
}

describe("a long text", () => {
  beforeEach(() => changeLanguage("en"));

  it("that is pasted over the limit is cut, and says by how much", () => {
    stage(<Field first="" />, {});
    put("a".repeat(LONGEST_TEXT));
    expect(said()).toBeUndefined();
    fireEvent.change(field(), { target: { value: "" } });
    put("b".repeat(LONGEST_TEXT + 1234));
    expect(field().value).toBe("b".repeat(LONGEST_TEXT));
    expect(said()).toBe("That was 1234 characters too long (at most 4000): the end was left out.");
    fireEvent.change(field(), { target: { value: "short" } });
    expect(said()).toBeUndefined();
  });

  it("keeps what was there, and the caret, and no half of a character", () => {
    stage(<Field first={"x".repeat(LONGEST_TEXT - 3)} />, {});
    put("ab😀", 5);
    expect(field().value).toBe(`xxxxxab${"x".repeat(LONGEST_TEXT - 8)}`);
    expect(field().selectionStart).toBe(7);
    expect(said()).toContain("2 characters");
  });

  it("says it in Russian", async () => {
    await changeLanguage("ru");
    stage(<Field first={"x".repeat(LONGEST_TEXT)} />, {});
    put("yy");
    expect(said()).toBe("Длиннее предела (4000) на 2 знака: конец не вошёл.");
  });
});
