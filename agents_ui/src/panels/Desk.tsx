import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntity, useStatus } from "@/api/collection";
import type { AgentView, CallView, ClientSummary, Me } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { useHotkeys } from "@/components/hotkeys";
import { ProblemText, Skeletons } from "@/components/Problem";
import { isEngaged } from "@/data/agents";
import { awaitInRecent, pickClient, recentKey } from "@/data/calls";
import { useCallScript, useScriptAhead } from "@/data/callScript";
import { cardPaint, useAfterPaint, usePainted } from "@/data/painted";
import { CardPanel } from "./CardPanel";
import { ClientView } from "./ClientView";
import { Parked } from "./control/Parked";
import { Idle } from "./Idle";
import { Strip, who } from "./Strip";
import { Suggested } from "./scripts/Suggested";
import { answered } from "./scripts/walk";
import { WrapUp } from "./WrapUp";

const ScriptPanel = lazy(() => import("./scripts/ScriptPanel"));

type Props = { me: Me; viewed: Pick<ClientSummary, "id"> | null; onView: (client: Pick<ClientSummary, "id"> | null) => void; onSearch: () => void };

/** The operator's page: quiet while nothing is going on, the call and its card while something is. */
export function Desk({ me, viewed, onView, onSearch }: Props) {
  const { t } = useTranslation();
  const agent = useEntity("agent", me.login);
  const engaged = agent !== undefined && isEngaged(agent);
  const call = useEntity("call", engaged ? agent.call : null);
  const { everLive } = useStatus();
  const queries = useQueryClient();
  const state = agent?.state;
  const held = agent?.call ?? null;
  const before = useRef({ state, held });
  useEffect(() => {
    // A wrap-up has ended, here or by its time: the lists of past calls have a new row.
    const was = before.current;
    if (was.state === "wrap_up" && was.held !== null && state !== "wrap_up") {
      awaitInRecent(was.held, null);
      void queries.invalidateQueries({ queryKey: recentKey });
      void queries.invalidateQueries({ queryKey: ["clients"] });
    }
    before.current = { state, held };
  }, [state, held, queries]);

  if (agent === undefined) return everLive ? <p className="empty">{t("state.notAgent")}</p> : <Skeletons rows={6} />;
  if (!engaged || call === undefined) {
    return (
      <>
        <Announce text="" />
        <div className="column idle-desk">
          <Parked />
          <Idle me={me} agent={agent} viewed={viewed} onView={onView} onSearch={onSearch} />
        </div>
      </>
    );
  }
  // Keyed by the call: nothing typed about one call can ever be seen beside another.
  return <Engaged key={call.call} me={me} agent={agent} call={call} viewed={viewed} onView={onView} onSearch={onSearch} />;
}

function Engaged({ me, agent, call, viewed, onView, onSearch }: Props & { agent: AgentView; call: CallView }) {
  const { t } = useTranslation();
  const live = useEntity("card", call.call)?.card;
  const canAct = useCanAct();
  const link = useAction();
  const offered = agent.state === "offered";
  const wrapping = agent.state === "wrap_up";
  // Of a caller who was handed on the card is the next one's; who wraps up goes on with what he last saw.
  const [kept, setKept] = useState(live);
  if (live !== undefined && live !== kept) setKept(live);
  const card = live ?? (wrapping ? kept : undefined);
  // While it is open who calls, digits say that first; afterwards, and in wrap-up, they choose the disposition.
  const picking = !wrapping && card?.client === null && card.candidates.length > 0;
  const talking = agent.state === "talking";
  // Asked in by a colleague: the script, the note and the outcome are the other's.
  const helping = call.guest?.agent === agent.agent;
  const script = useCallScript(call.call, (talking || wrapping) && !helping);
  // While one talks by a script, digits are its answers; the disposition has Alt.
  const scripted = talking && script !== null && !picking;
  const unanswered = new Set(script === null ? [] : script.document.steps.flatMap((step) => (step.fields ?? []).map(({ id }) => id)).filter((id) => !answered(script.answers, id)));
  const [paint] = useState(() => cardPaint(call.call));
  usePainted(offered ? agent.offer : null, paint, card !== undefined);
  const whole = useAfterPaint(paint, offered);
  const ahead = useScriptAhead(call.call, offered && whole && !helping).data?.script ?? null;
  const suggests = wrapping ? null : (script ?? ahead);
  const queries = useQueryClient();
  const over = call.state === "ended";
  useEffect(() => {
    // Also of a caller who was parked, long after one's talk with him: the timeline still has the call as going on. The
    // history is written a moment later than the floor knows.
    if (!over) return;
    const again = (): void => void queries.invalidateQueries({ queryKey: ["clients"] });
    again();
    const timers = [1_000, 4_000].map((later) => setTimeout(again, later));
    return () => timers.forEach(clearTimeout);
  }, [over, queries]);
  // The card comes before whatever was being read.
  const [covered, setCovered] = useState(viewed);
  const showing = viewed !== null && viewed !== covered ? viewed : null;
  useHotkeys([{ keys: "Slash", run: onSearch }]);
  const back = (): void => {
    setCovered(null);
    onView(null);
  };
  return (
    <div className="desk" data-helping={helping || undefined}>
      <Announce text={offered ? t("call.announce", { who: who(call, card), queue: call.queue ?? "" }) : ""} />
      <Strip agent={agent} call={call} card={card} />
      {showing === null ? (
        <CardPanel call={call} card={card} paint={paint} whole={whole} digits={picking} waits={!wrapping} onSearch={onSearch} suggested={suggests === null || card === undefined ? null : <Suggested me={me} call={call} card={card} script={suggests} there={script !== null} />} />
      ) : (
        <div className="column">
          <ClientView
            key={showing.id}
            client={showing.id}
            // What is made for another than the caller is not of this call: the server would refuse to link it.
            desk={call.client === null || call.client === showing.id ? call.call : null}
            onBack={back}
            link={
              canAct
                ? {
                    text: t("match.link"),
                    busy: link.busy,
                    run: () => void link.run(() => pickClient(call.call, showing.id)).then((good) => (good ? back() : undefined)),
                  }
                : null
            }
          />
          <ProblemText error={link.error} />
        </div>
      )}
      {helping ? null : (
        <div className="aside" data-wrapping={wrapping || undefined}>
          {script === null ? null : (
            <Suspense fallback={null}>
              <ScriptPanel me={me} call={call} card={card} script={script} keys={scripted} />
            </Suspense>
          )}
          {whole ? <WrapUp me={me} call={call} name={who(call, card)} talking={talking} wrapping={wrapping} ahead={offered && call.came_from !== null} digits={!picking && !scripted} until={agent.wrap_up_until} unanswered={unanswered} scripted={script !== null} /> : null}
        </div>
      )}
    </div>
  );
}

/** Spoken at once by a screen reader when an offer comes. Kept in the tree: a live region that appears with its text is
 * not read by all of them. */
function Announce({ text }: { text: string }) {
  return (
    <div className="visually-hidden" role="alert" aria-live="assertive" data-testid="announce">
      {text}
    </div>
  );
}
