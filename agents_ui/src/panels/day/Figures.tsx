import { useTranslation } from "react-i18next";
import type { Figures as FigureSet, MyFigures } from "@/api/types";
import { useNames } from "@/components/names";
import { Failed, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { useMyFigures } from "@/data/day";
import { asLanguage } from "@/i18n";
import { duration } from "@/i18n/format";

const ROWS = ["answered", "aht", "occupancy", "missed", "declined", "ready", "paused"] as const;

/** My figures beside the team's, each with what it means. */
export default function Figures({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const figures = useMyFigures();
  return (
    <Sheet title={t("figures.title")} onClose={onClose} wide testId="figures">
      {figures.error !== null && figures.data === undefined ? (
        <Failed error={figures.error} retry={() => void figures.refetch()} />
      ) : figures.data === undefined ? (
        <Skeletons rows={7} />
      ) : (
        <Table figures={figures.data} />
      )}
    </Sheet>
  );
}

function Table({ figures }: { figures: MyFigures }) {
  const { t, i18n } = useTranslation();
  const names = useNames();
  const number = new Intl.NumberFormat(asLanguage(i18n.language) === "ru" ? "ru-RU" : "en-GB", { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(asLanguage(i18n.language) === "ru" ? "ru-RU" : "en-GB", { style: "percent" });
  const value = (set: FigureSet, row: (typeof ROWS)[number]): string => {
    const figure = set[row];
    if (figure === null) return "—";
    if (row === "occupancy") return percent.format(figure);
    if (row === "aht" || row === "ready" || row === "paused") return duration(figure);
    return number.format(figure);
  };
  return (
    <>
      {figures.agents === 0 ? <p className="empty">{t("figures.none")}</p> : null}
      <table className="table">
        <thead>
          <tr>
            <th>{t("figures.figure")}</th>
            <th className="right">{t("figures.mine")}</th>
            <th className="right">{figures.team_name === "" ? t("figures.team") : t("figures.teamOf", { team: figures.team_name })}</th>
            <th>{t("figures.means")}</th>
          </tr>
        </thead>
        <tbody>
          {ROWS.map((row) => (
            <tr key={row} data-testid={`figure-${row}`}>
              <th scope="row">{t(`figures.${row}`)}</th>
              <td className="right num">
                <strong>{value(figures.mine, row)}</strong>
              </td>
              <td className="right num">{value(figures.team, row)}</td>
              <td className="muted">{t(`figures.def.${row}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {figures.dispositions.length === 0 ? null : (
        <table className="table" style={{ marginTop: 14 }}>
          <thead>
            <tr>
              <th>{t("figures.dispositions")}</th>
              <th className="right">{t("figures.mine")}</th>
              <th className="right">{t("figures.team")}</th>
            </tr>
          </thead>
          <tbody>
            {figures.dispositions.map((one) => (
              <tr key={one.disposition}>
                <td>{names.disposition(one.disposition)}</td>
                <td className="right num">{one.mine}</td>
                <td className="right num">{number.format(one.team)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {figures.agents === 0 ? null : <p className="muted" style={{ marginTop: 10 }}>{t("figures.agents", { count: figures.agents })}</p>}
    </>
  );
}
