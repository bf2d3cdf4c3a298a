import { useTranslation } from "react-i18next";
import type { ScriptMistake } from "@/api/types";

/** A mistake of a script in the reader's language, with its remedy. */
export function MistakeLine({ mistake }: { mistake: ScriptMistake }) {
  const { t, i18n } = useTranslation("scripts");
  const told = i18n.exists(`scripts:mistake.${mistake.code}.message`);
  // A code of a newer server is none of the keys known here: it is asked for by its name.
  const say = t as unknown as (key: string, values: Record<string, string>) => string;
  const words = (part: "message" | "remedy"): string => (told ? say(`mistake.${mistake.code}.${part}`, mistake.parameters) : `${mistake[part]}.`);
  return (
    <p className={mistake.severity === "error" ? "error-text" : "muted"} role={mistake.severity === "error" ? "alert" : undefined} data-testid="script-mistake" data-code={mistake.code} data-place={mistake.place}>
      {words("message")} {words("remedy")}
    </p>
  );
}

/** Those within a place, such as `steps.2.fields.0`. */
export function within(mistakes: readonly ScriptMistake[], place: string): readonly ScriptMistake[] {
  return mistakes.filter((mistake) => mistake.place === place || mistake.place.startsWith(`${place}.`));
}

export function MistakeLines({ mistakes }: { mistakes: readonly ScriptMistake[] }) {
  return mistakes.map((mistake) => <MistakeLine key={`${mistake.place} ${mistake.code}`} mistake={mistake} />);
}
