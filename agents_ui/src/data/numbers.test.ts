import { describe, expect, it } from "vitest";
import { numbersIn, typedNumber } from "./numbers";

const found = (text: string, region = "RU"): (string | null)[] => numbersIn(text, region).flatMap(({ number }) => (number === null ? [] : [number]));

describe("numbers in a text", () => {
  it.each([
    ["Call +7 916 123-45-67 after six", ["+79161234567"]],
    ["8 (916) 123-45-67, or the office: +49 30 901820.", ["89161234567", "+4930901820"]],
    ["89161234567", ["89161234567"]],
    ["мой новый: 8-916-123-45-67!", ["89161234567"]],
    ["(495) 123-45-67", ["4951234567"]],
    ["916 123-45-67;916 123 45 68", ["9161234567", "9161234568"]],
    ["+7\u00a0916\u00a0123\u201145\u201167", ["+79161234567"]],
    ["тел.+79161234567, т.89161234568, tel:+4930901820", ["+79161234567", "89161234568", "+4930901820"]],
    ["+7 916 123-45-67 14 times, +7 916 123-45-68 14:30", ["+79161234567", "+79161234568"]],
    ["tel +79161234567, +79161234568", ["+79161234567", "+79161234568"]],
  ])("%s", (text, numbers) => {
    expect(found(text)).toEqual(numbers);
  });

  it.each([
    "on 2026-03-09 at 14:30", "09.03.2026 14:30", "1 250 000 and 12 500 000 roubles", "7 250 000 000,50", "tax number 7707083893", "order 89161234567890", "order №89161234567", "ORDER-89161234567", "https://shop.example/89161234567", "account 40702810900000012345", "mail 89161234567@mail.example",
    "version 8.916.123.45.67.8", "12:00-13:00, 14:00-15:00", "room 12, floor 3", "C89161234567", "",
  ])("%s has none", (text) => {
    expect(found(text)).toEqual([]);
  });

  it("are those of the region: elsewhere an 8 begins no number", () => {
    expect(found("8 916 123-45-67 or +1 (212) 555-0100", "US")).toEqual(["+12125550100"]);
    expect(found("(212) 555-0100", "US")).toEqual(["2125550100"]);
  });

  it("leave the text whole", () => {
    for (const text of ["a +79161234567 b", "+79161234567", "", "+", "8".repeat(5000), "1 ".repeat(5000), "(1)-".repeat(2000)]) expect(numbersIn(text, "RU").map((piece) => piece.text).join("")).toBe(text);
  });
});

describe("a number that is typed", () => {
  it.each([
    ["8 (916) 123-45-67", "89161234567"],
    [" +7 916 1234567 ", "+79161234567"],
    ["1234567", "1234567"],
    ["123456", null],
    ["1234567890123456", null],
    ["Maria", null],
    ["916 Maria", null],
    ["", null],
  ])("%s", (text, number) => {
    expect(typedNumber(text)).toBe(number);
  });
});
