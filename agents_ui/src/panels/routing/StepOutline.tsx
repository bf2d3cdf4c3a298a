import { useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { PlanMistake } from "@/api/types";
import { stepAt, type Outline } from "./flow";
import { MistakeLine } from "./parts";
import { useStepWords, useWayWords } from "./stepWords";

type Props = { runs: readonly (readonly Outline[])[]; flow: string; start: string; steps: readonly string[]; chosen: string | null; mistakes: readonly PlanMistake[]; onChoose: (step: string) => void };

/** The steps as an outline. Arrows go from step to step; a way to a step that stands elsewhere is a link to it. */
export function StepOutline({ runs, flow, start, steps, chosen, mistakes, onChoose }: Props) {
  const { t } = useTranslation("plan");
  const frame = useRef<HTMLDivElement>(null);
  const choose = (step: string): void => {
    onChoose(step);
    frame.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(step)}"]`)?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const all = [...(frame.current?.querySelectorAll<HTMLElement>("[data-step]") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = all[at + (event.key === "ArrowDown" ? 1 : -1)]?.dataset.step;
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    choose(next);
  };
  return (
    <div className="outline" ref={frame} onKeyDown={onKey}>
      {runs.map((run, index) => {
        const first = run[0]?.id ?? "";
        return (
          <div key={first}>
            {first !== start ? <p className="label apart">{index === 0 ? t("flows.noStart") : t("flows.unreached")}</p> : null}
            <Run run={run} flow={flow} start={start} steps={steps} chosen={chosen} mistakes={mistakes} onChoose={choose} />
          </div>
        );
      })}
    </div>
  );
}

function Run({ run, ...props }: Omit<Props, "runs"> & { run: readonly Outline[] }) {
  const { t } = useTranslation("plan");
  const words = useStepWords();
  const way = useWayWords();
  const { flow, start, steps, chosen, mistakes, onChoose } = props;
  return (
    <ol className="run">
      {run.map(({ id, step, ways }) => {
        const wrong = mistakes.filter((mistake) => stepAt(mistake, flow, steps)?.step === id);
        return (
          <li key={id}>
            <button type="button" className="step" data-step={id} data-testid={`step-${id}`} data-kind={step.do} data-wrong={wrong.some(({ severity }) => severity === "error") ? true : undefined} aria-current={chosen === id ? "true" : undefined} onClick={() => onChoose(id)}>
              <span className="step-kind">{t(`step.${step.do}.name`)}</span>
              <span className="step-words">{words(step)}</span>
              <code className="step-name">{id}</code>
              {id === start ? <span className="chip">{t("flows.startHere")}</span> : null}
            </button>
            {wrong.map((mistake) => (
              <MistakeLine key={`${mistake.place} ${mistake.code}`} mistake={mistake} place={stepAt(mistake, flow, steps)?.field} />
            ))}
            {ways.length === 0 ? null : (
              <ul className="ways">
                {ways.map(({ way: one, run: inner }) => (
                  <li key={one.field}>
                    <span className="way">{way(one.reason)}</span>
                    {inner !== null ? (
                      <Run run={inner} {...props} />
                    ) : steps.includes(one.to) ? (
                      <button type="button" className="link-button" onClick={() => onChoose(one.to)}>
                        {t("flows.goTo", { step: one.to })}
                      </button>
                    ) : (
                      <span className="hot">{one.to === "" ? t("flows.leadsNowhere") : t("common.missing", { name: one.to })}</span>
                    )}
                  </li>
                ))}
              </ul>
            )}
          </li>
        );
      })}
    </ol>
  );
}
