import { MantineProvider, type MantineColorSchemeManager } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useLayoutEffect, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { LiveContext, useDerived, useEntity } from "@/api/collection";
import { Connection } from "@/api/connection";
import { EntityStore } from "@/api/store";
import type { AgentView, ClientSummary, Me } from "@/api/types";
import { Alerts } from "@/components/Alerts";
import { Banners } from "@/components/Banners";
import { Boundary } from "@/components/Boundary";
import { ColleagueCall } from "@/components/ColleagueCall";
import { useEscapeLeavesField, useHotkeys } from "@/components/hotkeys";
import { lazyPlan } from "@/components/lazyPlan";
import { KeySheet } from "@/components/KeySheet";
import { useNames } from "@/components/names";
import { Failed, Skeletons } from "@/components/Problem";
import type { Screen } from "@/components/sheetKeys";
import { TopBar } from "@/components/TopBar";
import { isEngaged } from "@/data/agents";
import { isRungFor, useIntercom } from "@/data/intercom";
import { useScheme } from "@/data/prefs";
import { direct, useUnread } from "@/data/chat";
import { fetchSession, sessionKey, useSession, useSite } from "@/data/session";
import { useTab } from "@/data/tab";
import { asLanguage, changeLanguage } from "@/i18n";
import { setTimeZone } from "@/i18n/format";
import { useColleague } from "@/panels/control/colleague";
import { Desk } from "@/panels/Desk";
import { SearchSheet } from "@/panels/SearchSheet";
import { SignIn } from "@/panels/SignIn";
import { PhoneContext } from "@/phone/context";
import { Phone } from "@/phone/phone";
import { theme } from "@/theme/mantine";

const Floor = lazyPlan(() => import("@/panels/Floor"));
const Routing = lazyPlan(() => import("@/panels/routing/Routing"));
const Callbacks = lazyPlan(() => import("@/panels/Callbacks"));
const Messages = lazyPlan(() => import("@/panels/Messages"));
const Chat = lazy(() => import("@/panels/chat/Chat"));
const People = lazy(() => import("@/panels/People"));
const ClientPage = lazy(() => import("@/panels/ClientView").then((module) => ({ default: module.ClientView })));

// The theme is ours (data/prefs); Mantine is only told the outcome.
const unmanaged: MantineColorSchemeManager = {
  get: (value) => value,
  set: () => undefined,
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => undefined,
};

export function Theme({ children }: { children: ReactNode }) {
  const scheme = useScheme();
  useLayoutEffect(() => {
    if (scheme === "contrast") document.documentElement.setAttribute("data-contrast", "more");
    else document.documentElement.removeAttribute("data-contrast");
  }, [scheme]);
  return (
    <MantineProvider theme={theme} forceColorScheme={scheme === "light" ? "light" : "dark"} colorSchemeManager={unmanaged} withCssVariables={false} withGlobalClasses={false}>
      {children}
    </MantineProvider>
  );
}

export function App() {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const [elsewhere, setElsewhere] = useState(false);
  const me = session.data;
  const language = me?.language;
  useEffect(() => {
    // The account's language, once, at sign-in; afterwards the switch in the bar rules.
    if (language !== undefined && asLanguage(i18n.language) !== language) void changeLanguage(language);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only when the account's own choice comes in
  }, [language]);
  useEffect(() => {
    if (me == null) document.title = t("app.name");
  }, [me, t]);
  if (session.error !== null && me === undefined) return <Failed error={session.error} retry={() => void session.refetch()} />;
  if (me === undefined) return <Skeletons rows={4} />;
  if (me === null) return <SignIn elsewhere={elsewhere} />;
  return (
    <SignedIn
      key={me.login}
      me={me}
      onEnded={() => setElsewhere(true)}
    />
  );
}

/** Lives while one person is signed in: the connection and the picture go with the session. */
function SignedIn({ me, onEnded }: { me: Me; onEnded: () => void }) {
  const queries = useQueryClient();
  const live = useMemo(() => {
    const store = new EntityStore();
    const connection = new Connection({
      url: `${window.location.protocol === "https:" ? "wss" : "ws"}://${window.location.host}/ws`,
      store,
      tab: tabId(),
      isStale,
      isSignedOut: async () => (await fetchSession(AbortSignal.timeout(5_000))) === null,
      onSignedOut: () => {
        onEnded();
        queries.clear();
        queries.setQueryData(sessionKey, null);
      },
    });
    return { store, connection, phone: new Phone({ me, connection, entities: store }) };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- one connection for one sign-in
  }, [me.login]);
  useEffect(() => {
    live.connection.start();
    live.phone.start();
    return () => {
      live.phone.stop();
      live.connection.stop();
    };
  }, [live]);
  return (
    <LiveContext value={live}>
      <PhoneContext value={live.phone}>
        <Frame me={me} />
      </PhoneContext>
    </LiveContext>
  );
}

/** Whether the server has another build of the console than this page is. A page may be older than its first connection:
 * it can have stood at the sign-in screen while the server was renewed. */
async function isStale(): Promise<boolean> {
  if (__BUILD_ID__ === "dev") return false;
  const answer = await fetch("/build.json", { cache: "no-cache" });
  if (!answer.ok) return false;
  const told: unknown = await answer.json();
  return typeof told === "object" && told !== null && "build" in told && told.build !== __BUILD_ID__;
}

/** Names this tab to the server, and survives a reload, so that a reload is not a second tab. A duplicated tab copies
 * the name; the server takes the newest connection of a name for the tab. */
function tabId(): string {
  try {
    const kept = window.sessionStorage.getItem("cc.tab");
    if (kept !== null) return kept;
    const made = crypto.randomUUID();
    window.sessionStorage.setItem("cc.tab", made);
    return made;
  } catch {
    return crypto.randomUUID();
  }
}

/** Which keys act on what is open. */
function screenOf(path: string, me: Me, agent: AgentView | undefined): Screen {
  if (path === "/" && me.agent) return agent !== undefined && isEngaged(agent) && agent.state !== "internal" ? "call" : "idle";
  return path === "/callbacks" || path === "/messages" ? "lists" : "page";
}

function Frame({ me }: { me: Me }) {
  const { t } = useTranslation();
  const agent = useEntity("agent", me.agent ? me.login : null);
  const { data: site } = useSite();
  const names = useNames();
  const [path, go] = useLocation();
  const [keys, setKeys] = useState(false);
  const [searching, setSearching] = useState(false);
  const [viewed, setViewed] = useState<Pick<ClientSummary, "id"> | null>(null);
  const [chatting, setChatting] = useState(false);
  const [conversation, setConversation] = useState<string | null>(null);
  const unread = useUnread(me.login).total;
  if (site !== undefined) setTimeZone(site.timezone);
  const intercom = useIntercom(me.login);
  const internalRing = isRungFor(intercom, me.login);
  const rung = agent?.state === "offered" || internalRing;
  const [seen, setSeen] = useState(rung);
  if (seen !== rung) {
    setSeen(rung);
    if (rung) {
      // Who calls comes before whatever was open.
      setSearching(false);
      setKeys(false);
    }
  }
  const chatWith = (login: string): void => {
    setConversation(direct(me.login, login));
    setChatting(true);
  };
  useHotkeys([
    { keys: "?", run: () => setKeys(true) },
    { keys: "KeyC", run: () => setChatting(true) },
  ]);
  useHotkeys([{ keys: "Slash", when: path !== "/" || !me.agent, run: () => setSearching(true) }]);
  useEscapeLeavesField();
  const state = agent?.state;
  const hands = useDerived("agent", (list) => list.reduce((count, one) => count + (one.hand_since === null || one.agent === me.login ? 0 : 1), 0));
  const caller = useColleague(internalRing ? intercom.by : null);
  const word = agent === undefined ? null : internalRing ? t("control.internal.rings", { who: caller }) : agent.state === "paused" ? names.reason(agent.reason) : t(`state.${agent.state}`);
  const marks = `${hands > 0 ? "✋ " : ""}${unread > 0 ? `(${String(unread)}) ` : ""}`;
  const place = site?.name ?? t("app.name");
  useTab(marks + (word === null ? place : `${word} · ${place}`), internalRing ? "offered" : state, { unread: unread > 0, hand: hands > 0 });
  useEffect(() => {
    // An offer brings its operator to the desk from wherever he was reading.
    if (state === "offered" && path !== "/") go("/");
    // eslint-disable-next-line react-hooks/exhaustive-deps -- who leaves the desk during an offer is let
  }, [state, go]);
  const manages = me.role === "supervisor" || me.role === "administrator";
  const home = me.agent ? "/" : manages ? "/floor" : "/client";
  return (
    <div className="frame">
      <div className="spine" data-state={internalRing ? "offered" : state} aria-hidden="true" />
      <TopBar me={me} agent={agent} unread={unread} chatOpen={chatting} onChat={() => setChatting(!chatting)} onKeys={() => setKeys(true)} onSearch={() => setSearching(true)} />
      <Banners me={me} />
      <Alerts me={me} agent={agent} />
      <ColleagueCall me={me} />
      <main className="page">
        <Boundary key={path.split("/", 2).join("/")}>
          <Suspense fallback={<Skeletons rows={6} />}>
            <Switch>
              {me.agent ? (
                <Route path="/">
                  <Desk me={me} viewed={viewed} onView={setViewed} onSearch={() => setSearching(true)} />
                </Route>
              ) : null}
              {manages ? (
                <Route path="/floor">
                  <Floor me={me.login} onChat={chatWith} />
                </Route>
              ) : null}
              {manages ? (
                <Route path="/routing/:tab?/:item?">{(params) => <Routing me={me} tab={params.tab} item={params.item === undefined ? undefined : decodeURIComponent(params.item)} />}</Route>
              ) : null}
              <Route path="/callbacks">
                <Callbacks me={me} />
              </Route>
              <Route path="/messages">
                <Messages me={me} />
              </Route>
              {me.role === "administrator" ? (
                <Route path="/people">
                  <People />
                </Route>
              ) : null}
              <Route path="/client">
                {viewed === null ? <p className="empty">{t("search.hint")}</p> : <ClientPage key={viewed.id} client={viewed.id} onBack={() => go(home)} />}
              </Route>
              <Route>
                <Redirect to={home} />
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </main>
      {chatting ? (
        <Suspense fallback={null}>
          <Chat me={me} open={conversation} onOpen={setConversation} onClose={() => setChatting(false)} />
        </Suspense>
      ) : null}
      {keys ? <KeySheet screen={screenOf(path, me, agent)} onClose={() => setKeys(false)} /> : null}
      {searching ? (
        <SearchSheet
          onClose={() => setSearching(false)}
          onPick={(client) => {
            setViewed(client);
            setSearching(false);
            go(me.agent ? "/" : "/client");
          }}
        />
      ) : null}
    </div>
  );
}
