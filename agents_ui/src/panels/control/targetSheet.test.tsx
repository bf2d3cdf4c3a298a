import { fireEvent, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { BORIS, ME } from "@/test/samples";
import { stage } from "@/test/stage";
import { TargetSheet } from "./TargetSheet";

afterEach(() => {
  vi.unstubAllGlobals();
});

it("says why a colleague in an internal call can't be asked, and lists the free first", () => {
  const onPick = vi.fn();
  stage(
    <TargetSheet kind="consult" onPick={onPick} onClose={() => undefined} />,
    { "colleague/boris": { ...BORIS, state: "internal" }, "colleague/vera": { ...BORIS, agent: "vera", name: "Vera" } },
    { "GET /session": ME },
  );
  const [first, second] = screen.getAllByTestId("target-choice");
  expect(first?.textContent).toBe("VeraReady");
  expect(second?.textContent).toBe("BorisInternal call, can't be rung now");
  expect(second?.getAttribute("aria-disabled")).toBe("true");
  if (second !== undefined) fireEvent.click(second);
  expect(onPick).not.toHaveBeenCalled();
});
