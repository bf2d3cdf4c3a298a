import { describe, expect, it } from "vitest";
import { measure, mos, QualitySum } from "./quality";

describe("the estimate of the MOS", () => {
  it("is near the best of G.711 on a good line, and falls with delay and loss", () => {
    expect(mos(20, 1, 0)).toBeCloseTo(4.4, 1);
    expect(mos(600, 5, 0)).toBeLessThan(3.7);
    expect(mos(20, 1, 0.05)).toBeLessThan(3.9);
    expect(mos(5_000, 200, 1)).toBe(1);
  });
});

describe("measurements", () => {
  const at = (received: number, lost: number) => ({ received, lost, jitter: 0.002, roundTrip: 0.04 });

  it("are of what happened in between", () => {
    expect(measure(at(100, 0), at(190, 10))).toMatchObject({ loss: 0.1, roundTrip: 40, jitter: 2 });
    expect(measure(at(100, 0), at(100, 0))).toBeNull();
  });

  it("are told once, with their mean and their worst", () => {
    const sum = new QualitySum();
    expect(sum.add(at(0, 0))).toBeNull();
    sum.add(at(100, 0));
    sum.add(at(150, 50));
    expect(sum.take()).toMatchObject({ samples: 2, loss: 0.25, loss_worst: 0.5, packets_received: 150, packets_lost: 50 });
    expect(sum.take()).toBeNull();
  });
});
