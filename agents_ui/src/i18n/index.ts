import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { en } from "./en";

export type Language = "ru" | "en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
    returnNull: false;
  }
}

// Each language is its own file: the first screen loads the one it shows.
const loaders: Record<Language, () => Promise<object>> = {
  ru: () => import("./ru").then((module) => module.ru),
  en: () => import("./en").then((module) => module.en),
};

export function asLanguage(value: string): Language {
  return value.startsWith("ru") ? "ru" : "en";
}

export async function startLanguage(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await loaders[language]() } },
    fallbackLng: false,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
}

export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", await loaders[language]());
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    window.localStorage.setItem("cc.language", language);
  } catch {
    // The account remembers it as well.
  }
}
