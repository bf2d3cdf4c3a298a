import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { cardEn } from "./card.en";
import type { en } from "./en";
import type { en as peopleEn } from "./people.en";
import type { phoneEn } from "./phone.en";
import type { en as papersEn } from "./papers.en";
import type { en as planEn } from "./plan.en";
import type { en as scriptsEn } from "./scripts.en";

export type Language = "ru" | "en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en & typeof peopleEn & typeof phoneEn & typeof cardEn & typeof papersEn; plan: typeof planEn; scripts: typeof scriptsEn };
    returnNull: false;
  }
}

// Each language is its own file: the first screen loads the one it shows.
const loaders: Record<Language, () => Promise<object>> = {
  ru: async () => ({ ...(await import("./ru")).ru, ...(await import("./people.ru")).ru, ...(await import("./phone.ru")).phoneRu, ...(await import("./card.ru")).cardRu, ...(await import("./papers.ru")).ru }),
  en: async () => ({ ...(await import("./en")).en, ...(await import("./people.en")).en, ...(await import("./phone.en")).phoneEn, ...(await import("./card.en")).cardEn, ...(await import("./papers.en")).en }),
};

// The words of the screens that only supervisors open, which the operator's first screen does not pay for.
const planLoaders: Record<Language, () => Promise<object>> = {
  ru: () => import("./plan.ru").then((module) => module.ru),
  en: () => import("./plan.en").then((module) => module.en),
};

const scriptLoaders: Record<Language, () => Promise<object>> = {
  ru: () => import("./scripts.ru").then((module) => module.ru),
  en: () => import("./scripts.en").then((module) => module.en),
};

/** To be awaited before a component that says `useTranslation("plan")`, or `"scripts"`, is shown. */
export async function loadPlanWords(language: Language = asLanguage(i18next.language)): Promise<void> {
  if (!i18next.hasResourceBundle(language, "scripts")) i18next.addResourceBundle(language, "scripts", await scriptLoaders[language]());
  if (!i18next.hasResourceBundle(language, "plan")) i18next.addResourceBundle(language, "plan", await planLoaders[language]());
}

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
  if (i18next.hasResourceBundle(asLanguage(i18next.language), "plan")) await loadPlanWords(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    window.localStorage.setItem("cc.language", language);
  } catch {
    // The account remembers it as well.
  }
}
