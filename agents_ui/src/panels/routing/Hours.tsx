import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Hours as HoursOf, HoursDocument } from "@/api/types";
import { Button } from "@/components/Button";
import { useNames } from "@/components/names";
import { Failed, Skeletons } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { putHours, removeHours, useChange, useFlows, useHours } from "@/data/plan";
import { asLanguage } from "@/i18n";
import { FormProblems, MistakeLine, RemoveButton, RemoveIcon, useFieldErrors } from "./parts";
import { bars, DAYS, spansOf, weekOf, type Span, type Week } from "./week";

type Exception = NonNullable<HoursDocument["exceptions"]>[number];

export function Hours({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation("plan");
  const hours = useHours();
  const flows = useFlows();
  const [edited, setEdited] = useState<HoursOf | "new" | null>(null);
  const usedBy = (id: string) => (flows.data?.items ?? []).filter((flow) => Object.values(flow.steps).some((step) => step.do === "if_open" && step.hours === id));
  return (
    <section className="panel" data-testid="hours">
      <header>
        <h2 className="grow">{t("tabs.hours")}</h2>
        {mayEdit ? (
          <Button size="xs" onClick={() => setEdited("new")} data-testid="new-hours">
            {t("hours.new")}
          </Button>
        ) : null}
      </header>
      {hours.error !== null ? (
        <Failed error={hours.error} retry={() => void hours.refetch()} />
      ) : hours.data === undefined ? (
        <Skeletons rows={5} />
      ) : hours.data.items.length === 0 ? (
        <p className="empty">{t("hours.none")}</p>
      ) : (
        hours.data.items.map((one) => (
          <div key={one.id} className="hours-row" data-testid={`hours-${one.id}`}>
            <div>
              <button type="button" className="link-button" onClick={() => setEdited(one)}>
                {one.name}
              </button>
              <p className="hint">
                {one.zone}
                {one.holidays === undefined || one.holidays === "" ? "" : ` · ${t("hours.holidaysOf", { country: one.holidays })}`}
              </p>
              {(one.exceptions ?? []).length === 0 ? null : <p className="hint">{t("hours.exceptionCount", { count: (one.exceptions ?? []).length })}</p>}
              <p className="hint">{t("hours.usedBy", { flows: usedBy(one.id).map(({ name }) => name).join(", ") || t("hours.nobody") })}</p>
              {(flows.data?.mistakes ?? []).filter(({ place }) => place === `hours.${one.id}` || place.startsWith(`hours.${one.id}.`)).map((mistake) => (
                <MistakeLine key={`${mistake.place} ${mistake.code}`} mistake={mistake} />
              ))}
            </div>
            <WeekBars week={weekOf(one.spans ?? [])} />
          </div>
        ))
      )}
      {edited === null ? null : <HoursSheet hours={edited === "new" ? null : edited} mayEdit={mayEdit} onClose={() => setEdited(null)} />}
    </section>
  );
}

function useDayNames(): readonly string[] {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(asLanguage(i18n.language), { weekday: "short", timeZone: "UTC" });
  // The fifth of January 1970 was a Monday.
  return DAYS.map((day) => format.format(new Date((3 + day) * 86_400_000)));
}

function WeekBars({ week }: { week: Week }) {
  const { t } = useTranslation("plan");
  const names = useDayNames();
  const open = bars(week);
  return (
    <div className="week" role="group" aria-label={t("hours.week")}>
      {week.map((spans, index) => (
        <div key={DAYS[index]} className="week-day">
          <span className="day-name">{names[index]}</span>
          <span className="day-bar" aria-hidden="true">
            {(open[index] ?? []).map(({ from, to }) => (
              <span key={from} className="open" style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }} />
            ))}
          </span>
          <span className="day-times num">{spans.length === 0 ? <span className="muted">{t("hours.closed")}</span> : spans.map(({ opens, closes }) => `${opens}–${closes}`).join(", ")}</span>
        </div>
      ))}
    </div>
  );
}

const SHOWN = ["hours", "name", "zone", "holidays", "spans", "exceptions"] as const;

function HoursSheet({ hours, mayEdit, onClose }: { hours: HoursOf | null; mayEdit: boolean; onClose: () => void }) {
  const { t } = useTranslation("plan");
  const { site } = useNames();
  const [id, setId] = useState(hours?.id ?? "");
  const [name, setName] = useState(hours?.name ?? "");
  const [zone, setZone] = useState(hours?.zone ?? site?.timezone ?? "UTC");
  const [holidays, setHolidays] = useState(hours?.holidays ?? "");
  const [week, setWeek] = useState<Week>(hours === null ? DAYS.map((day) => (day < 6 ? [{ opens: "09:00", closes: "18:00" }] : [])) : weekOf(hours.spans ?? []));
  const [exceptions, setExceptions] = useState<readonly Exception[]>(hours?.exceptions ?? []);
  const save = useChange(putHours);
  const remove = useChange(removeHours);
  const { bad } = useFieldErrors(save.error);
  const setDay = (day: number, spans: readonly Span[]): void => setWeek(week.map((one, index) => (index === day ? spans : one)));
  return (
    <Sheet title={hours === null ? t("hours.new") : hours.name} onClose={onClose} testId="hours-sheet" wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ id: id.trim(), hours: { name: name.trim(), zone: zone.trim(), holidays: holidays.trim().toUpperCase(), spans: spansOf(week), exceptions: [...exceptions] } }, { onSuccess: onClose });
        }}
      >
        {mayEdit ? null : <p className="hint">{t("common.readOnly")}</p>}
        <fieldset disabled={!mayEdit}>
          <div className="form-grid four">
            {hours === null ? <TextInput label={t("common.id")} description={t("common.idHint")} required withAsterisk={false} value={id} error={bad("hours")} onChange={(event) => setId(event.target.value)} data-testid="hours-id" data-autofocus /> : null}
            <TextInput label={t("hours.name")} required withAsterisk={false} value={name} error={bad("name")} onChange={(event) => setName(event.target.value)} data-testid="hours-name" data-autofocus={hours === null ? undefined : true} />
            <TextInput label={t("hours.zone")} value={zone} error={bad("zone")} onChange={(event) => setZone(event.target.value)} data-testid="hours-zone" />
            <TextInput label={t("hours.holidays")} description={t("hours.holidaysHint")} value={holidays} error={bad("holidays")} onChange={(event) => setHolidays(event.target.value)} data-testid="hours-holidays" />
          </div>
          <h3 className="section">{t("hours.week")}</h3>
          <WeekEditor week={week} onDay={setDay} onAll={setWeek} />
          {bad("spans") === null ? null : <p className="error-text">{bad("spans")}</p>}
          <h3 className="section">{t("hours.exceptions")}</h3>
          <Exceptions exceptions={exceptions} onChange={setExceptions} bad={bad} />
        </fieldset>
        <div className="row sheet-foot">
          {mayEdit ? (
            <Button type="submit" loading={save.isPending} data-testid="save-hours">
              {t("common.save")}
            </Button>
          ) : null}
          <div className="grow">
            <FormProblems error={save.error ?? remove.error} shown={SHOWN} />
          </div>
          {hours === null || !mayEdit ? null : <RemoveButton label={t("common.remove")} busy={remove.isPending} onRemove={() => remove.mutate(hours.id, { onSuccess: onClose })} testId="remove-hours" />}
        </div>
      </form>
    </Sheet>
  );
}

function WeekEditor({ week, onDay, onAll }: { week: Week; onDay: (day: number, spans: readonly Span[]) => void; onAll: (week: Week) => void }) {
  const { t } = useTranslation("plan");
  const names = useDayNames();
  const open = bars(week);
  return (
    <div className="week" role="group" aria-label={t("hours.week")}>
      {week.map((spans, day) => (
        <div key={DAYS[day]} className="week-day" data-testid={`day-${day + 1}`}>
          <span className="day-name">{names[day]}</span>
          <span className="day-bar" aria-hidden="true">
            {(open[day] ?? []).map(({ from, to }) => (
              <span key={from} className="open" style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }} />
            ))}
          </span>
          <span className="day-spans">
            <SpanFields spans={spans} day={names[day] ?? ""} onChange={(next) => onDay(day, next)} />
            {spans.length === 0 ? <span className="muted">{t("hours.closed")}</span> : null}
            {day === 0 && spans.length > 0 ? (
              <button type="button" className="link-button" onClick={() => onAll(week.map((one, index) => (index < 5 ? spans : one)))}>
                {t("hours.toWorkdays")}
              </button>
            ) : null}
          </span>
        </div>
      ))}
    </div>
  );
}

function SpanFields({ spans, day, onChange }: { spans: readonly Span[]; day: string; onChange: (spans: Span[]) => void }) {
  const { t } = useTranslation("plan");
  const change = (index: number, part: Partial<Span>): void => onChange(spans.map((span, at) => (at === index ? { ...span, ...part } : span)));
  return (
    <>
      {spans.map((span, index) => (
        // By its index: spans have no other name
        <span key={index} className="row" style={{ gap: 4 }}>
          <input className="time num" aria-label={t("hours.opens", { day })} value={span.opens} placeholder="09:00" maxLength={5} onChange={(event) => change(index, { opens: event.target.value })} onBlur={() => change(index, { opens: asTime(span.opens) })} />
          <span aria-hidden="true">–</span>
          <input className="time num" aria-label={t("hours.closes", { day })} value={span.closes} placeholder="18:00" maxLength={5} onChange={(event) => change(index, { closes: event.target.value })} onBlur={() => change(index, { closes: asTime(span.closes) })} />
          <RemoveIcon label={t("hours.removeSpan", { day })} onClick={() => onChange(spans.filter((_, at) => at !== index))} />
        </span>
      ))}
      <button type="button" className="link-button" aria-label={t("hours.addSpanTo", { day })} onClick={() => onChange([...spans, spans.length === 0 ? { opens: "09:00", closes: "18:00" } : { opens: spans.at(-1)?.closes ?? "18:00", closes: "24:00" }])}>
        {t("hours.addSpan")}
      </button>
    </>
  );
}

/** `9` and `930` as people type them: 09:00, 09:30. */
function asTime(text: string): string {
  const parts = /^(\d{1,2})[:. ]?(\d{2})?$/.exec(text.trim());
  return parts === null ? text : `${(parts[1] ?? "").padStart(2, "0")}:${parts[2] ?? "00"}`;
}

function Exceptions({ exceptions, onChange, bad }: { exceptions: readonly Exception[]; onChange: (exceptions: readonly Exception[]) => void; bad: (field: string) => string | null }) {
  const { t } = useTranslation("plan");
  const change = (index: number, part: Partial<Exception>): void => onChange(exceptions.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <div className="stack">
      <p className="hint">{t("hours.exceptionsHint")}</p>
      {exceptions.map((one, index) => (
        // By its index: a date may stand twice while it is edited
        <div key={index} className="exception">
          <TextInput type="date" aria-label={t("hours.date")} value={one.date} error={bad(`exceptions.${index}.date`)} onChange={(event) => change(index, { date: event.target.value })} />
          <TextInput aria-label={t("hours.dayName")} placeholder={t("hours.dayName")} value={one.name ?? ""} onChange={(event) => change(index, { name: event.target.value })} />
          <span className="row wrap-row">
            {(one.spans ?? []).length === 0 ? <span className="muted">{t("hours.closed")}</span> : null}
            <SpanFields spans={one.spans ?? []} day={one.date} onChange={(spans) => change(index, { spans })} />
          </span>
          <RemoveIcon label={t("hours.removeException")} onClick={() => onChange(exceptions.filter((_, at) => at !== index))} />
          {bad(`exceptions.${index}.spans`) === null ? null : <p className="error-text wide">{bad(`exceptions.${index}.spans`)}</p>}
        </div>
      ))}
      <button type="button" className="link-button" onClick={() => onChange([...exceptions, { date: "", name: "", spans: [] }])} data-testid="add-exception">
        {t("hours.addException")}
      </button>
    </div>
  );
}
