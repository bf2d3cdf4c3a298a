import type { past as en } from "./past.en";

export const past: { [K in keyof typeof en]: string } = {
  outbound: "звонили мы",
  held: "удержание {{time}}",
  moves: "Переводы",
  park: "на парковку",
  handed: "{{who}}, перевод: {{to}}",
  handedAsked: "{{who}}, перевод после консультации: {{to}}",
  notTaken: "Никто не взял, вернулся в очередь",
  fetched: "{{who}}: забрал(а) с парковки",
  asked: "{{who}}, просьба о помощи: {{guest}}",
  joined: "{{who}}: разговор втроём",
  listen: "Прослушать",
  stop: "Остановить",
  notHeard: "Запись не прослушать: её нет, она ещё не записана, или это не ваш разговор.",
  sounded: "Звук, {{who}}: MOS {{mos}}, в худшем {{worst}}; потери {{loss}}%",
  answers: "Ответы",
  yes: "да",
  no: "нет",
  noted: "{{who}}, {{time}}:",
};
