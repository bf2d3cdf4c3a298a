import { useTranslation } from "react-i18next";
import { NetworkError, ProblemError } from "@/api/rest";
import { isChangedMeanwhile } from "@/data/autosave";
import { Button } from "./Button";

/** One sentence for the person: what was refused or failed, in their language. */
export function useExplain(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (error instanceof ProblemError) {
      if (isChangedMeanwhile(error)) return t("problem.changed");
      if (error.refusal !== null) return t(`refusal.${error.refusal}`);
      if (error.status === 403) return t("problem.forbidden");
      if (error.status === 404) return t("problem.notFound");
      if (error.status === 429) return t("problem.tooMany");
      if (error.status === 422 || error.status === 400) return t("problem.fields");
      if (error.status >= 500) return t("problem.server");
      return error.message;
    }
    if (error instanceof NetworkError) return t("problem.network");
    return t("problem.unknown");
  };
}

/** `inline`: within a line of text. */
export function ProblemText({ error, inline = false }: { error: unknown; inline?: boolean }) {
  const explain = useExplain();
  if (error === null || error === undefined) return null;
  const Box = inline ? "span" : "p";
  return (
    <Box className="error-text" role="alert">
      {explain(error)}
    </Box>
  );
}

/** A failed list or page, with its way out. */
export function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const explain = useExplain();
  return (
    <div className="empty" role="alert">
      <p className="error-text">{explain(error)}</p>
      <Button style={{ marginTop: 10 }} size="xs" variant="default" onClick={retry}>
        {t("common.retry")}
      </Button>
    </div>
  );
}

export function Skeletons({ rows }: { rows: number }) {
  const { t } = useTranslation();
  return (
    <div className="empty" role="status" aria-label={t("common.loading")}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="skeleton" style={{ width: `${92 - ((index * 17) % 38)}%`, marginBottom: 12 }} />
      ))}
    </div>
  );
}
