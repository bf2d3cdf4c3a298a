import { useTranslation } from "react-i18next";
import { saveLanguage } from "@/data/session";
import { asLanguage, changeLanguage, type Language } from "@/i18n";

const LANGUAGES: readonly Language[] = ["ru", "en"];

export function LanguageSwitch({ signedIn }: { signedIn: boolean }) {
  const { t, i18n } = useTranslation();
  const current = asLanguage(i18n.language);
  const choose = (language: Language): void => {
    void changeLanguage(language);
    // The account remembers it too; when that fails the screen still speaks the chosen language.
    if (signedIn) saveLanguage(language).catch(() => undefined);
  };
  return (
    <div className="pair" role="group" aria-label={t("language.label")}>
      {LANGUAGES.map((language) => (
        <button key={language} type="button" className="icon-button" lang={language} data-testid={`language-${language}`} aria-pressed={current === language} aria-label={`${language.toUpperCase()}, ${t(`language.${language}`)}`} onClick={() => choose(language)}>
          {language.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
