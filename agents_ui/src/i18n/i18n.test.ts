import { describe, expect, it } from "vitest";
import i18next from "i18next";
import { changeLanguage } from ".";

const SUFFIX = /_(zero|one|two|few|many|other)$/;

function flatten(node: object, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [inner, text] of flatten(value as object, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

/** Every file of words, whoever loads it and when: each key by the file it stands in. */
const files = {
  ru: import.meta.glob<Record<string, object>>(["./ru.ts", "./*.ru.ts"], { eager: true }),
  en: import.meta.glob<Record<string, object>>(["./en.ts", "./*.en.ts"], { eager: true }),
};

function wordsOf(language: "ru" | "en"): Map<string, string> {
  const all: Record<string, object> = {};
  for (const [file, module] of Object.entries(files[language])) {
    // What a file exports is named after the language in some, and after the file in others.
    Object.values(module).forEach((words, index) => (all[`${file.replace(/(\w+\.)?(en|ru)\.ts$/, "$1words")}#${index}`] = words));
  }
  return flatten(all);
}

const languages = { ru: wordsOf("ru"), en: wordsOf("en") };
const bases = (texts: Map<string, string>) => new Set([...texts.keys()].map((key) => key.replace(SUFFIX, "")));

describe("both languages", () => {
  it("have the same files", () => {
    const names = (language: "ru" | "en") => Object.keys(files[language]).map((file) => file.replace(/(en|ru)\.ts$/, "")).sort();
    expect(names("en")).toContain("./phone.");
    expect(names("ru")).toEqual(names("en"));
  });

  it("have the same keys", () => {
    expect([...bases(languages.ru)].sort()).toEqual([...bases(languages.en)].sort());
  });

  it("have every plural form that their grammar asks for", () => {
    for (const [language, texts] of Object.entries(languages)) {
      const plural = new Set([...texts.keys()].filter((key) => SUFFIX.test(key)).map((key) => key.replace(SUFFIX, "")));
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      for (const base of plural) {
        for (const form of forms) expect(texts.has(`${base}_${form}`), `${language}: ${base}_${form}`).toBe(true);
      }
    }
  });

  it("fill in the same values, and say something everywhere", () => {
    const values = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();
    for (const [key, text] of languages.en) {
      const other = languages.ru.get(key);
      expect(text).not.toBe("");
      if (other !== undefined) expect(values(other), key).toEqual(values(text));
    }
  });

  it("counts as Russian does", async () => {
    await changeLanguage("ru");
    expect([1, 3, 11, 22, 105].map((count) => i18next.t("floor.people", { count }))).toEqual(["1 оператор", "3 оператора", "11 операторов", "22 оператора", "105 операторов"]);
    await changeLanguage("en");
    expect([1, 2].map((count) => i18next.t("floor.people", { count }))).toEqual(["1 operator", "2 operators"]);
  });
});
