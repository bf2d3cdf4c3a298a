import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { useCollection, useStatus } from "@/api/collection";
import type { AgentView, Me } from "@/api/types";
import { useSite, useSignOut } from "@/data/session";
import { setTheme, useTheme, type Theme } from "@/data/prefs";
import { HandButton } from "./HandButton";
import { Icon, Mark } from "./Icon";
import { LanguageSwitch } from "./LanguageSwitch";
import { PhoneStatus } from "./PhoneStatus";
import { StateMenu } from "./StateMenu";

const NEXT_THEME: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "contrast", contrast: "auto" };
const THEME_ICON = { auto: "auto", light: "sun", dark: "moon", contrast: "contrast" } as const;

type Props = { me: Me; agent: AgentView | undefined; unread: number; chatOpen: boolean; onChat: () => void; onKeys: () => void; onSearch: () => void };

export function TopBar({ me, agent, unread, chatOpen, onChat, onKeys, onSearch }: Props) {
  const { t } = useTranslation();
  const { data: site } = useSite();
  const signOut = useSignOut(me.login);
  return (
    <div className="topbar" role="banner">
      <h1 className="brand">
        <Mark />
        <span className="ellipsis">{site?.name ?? t("app.name")}</span>
      </h1>
      <Nav me={me} />
      {me.agent ? <StateMenu me={me} agent={agent} /> : null}
      <div className="grow" />
      <PhoneStatus />
      <ConnectionState />
      {me.agent && agent !== undefined ? <HandButton agent={agent} /> : null}
      <ChatButton unread={unread} open={chatOpen} onPress={onChat} />
      <button type="button" className="icon-button" onClick={onSearch} aria-label={t("search.title")} title={t("search.title")} data-testid="open-search">
        <Icon name="search" />
      </button>
      <LanguageSwitch signedIn />
      <ThemeToggle />
      <button type="button" className="icon-button" onClick={onKeys} aria-label={t("keys.title")} title={t("keys.title")} data-testid="open-keys">
        <Icon name="help" />
      </button>
      <span className="row signed-in">
        <span className="ellipsis muted" title={me.name}>
          {me.name}
        </span>
        <button type="button" className="icon-button" disabled={signOut.isPending} onClick={() => signOut.mutate()} aria-label={t("session.signOut")} title={t("session.signOut")} data-testid="sign-out">
          <Icon name="out" />
        </button>
      </span>
    </div>
  );
}

function ChatButton({ unread, open, onPress }: { unread: number; open: boolean; onPress: () => void }) {
  const { t } = useTranslation();
  const words = unread === 0 ? t("chat.open") : `${t("chat.open")}: ${t("chat.unread", { count: unread })}`;
  return (
    <button type="button" className="icon-button chat-button" aria-expanded={open} onClick={onPress} aria-label={words} title={words} data-testid="open-chat">
      <Icon name="chat" />
      {unread === 0 ? null : (
        <span className="count" aria-hidden="true" data-testid="unread">
          {unread > 99 ? "99+" : unread}
        </span>
      )}
    </button>
  );
}

export function ThemeToggle() {
  const { t } = useTranslation();
  const theme = useTheme();
  const label = t(`theme.${theme}`);
  return (
    <button type="button" className="icon-button" data-testid="theme-toggle" onClick={() => setTheme(NEXT_THEME[theme])} aria-label={label} title={label}>
      <Icon name={THEME_ICON[theme]} />
    </button>
  );
}

function Nav({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [path] = useLocation();
  const pages: { to: string; text: string }[] = [];
  if (me.agent) pages.push({ to: "/", text: t("nav.desk") });
  if (me.role === "supervisor" || me.role === "administrator") pages.push({ to: "/floor", text: t("nav.floor") });
  pages.push({ to: "/callbacks", text: t("nav.callbacks") });
  pages.push({ to: "/messages", text: t("nav.messages") });
  if (me.role === "supervisor" || me.role === "administrator") pages.push({ to: "/routing", text: t("nav.routing") });
  if (me.role === "administrator") pages.push({ to: "/people", text: t("nav.people") });
  if (pages.length < 2) return null;
  return (
    <nav className="nav" aria-label={t("nav.label")}>
      {pages.map(({ to, text }) => (
        <Link key={to} href={to} aria-current={path === to || path.startsWith(`${to === "/" ? "//" : to}/`) ? "page" : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}

/** Two links in one word: the browser's to the server, and the server's to its telephony. */
function ConnectionState() {
  const { t } = useTranslation();
  const { phase } = useStatus();
  const servers = useCollection("server");
  const down = phase === "live" ? servers.filter((server) => server.link !== "up") : [];
  const words = down.length > 0 ? t("link.telephony", { servers: down.map((server) => server.server).join(", ") }) : t(`link.${phase}`);
  return (
    <span className="link-state" title={words} data-testid="connection-state" data-phase={down.length > 0 ? "offline" : phase} data-link={phase}>
      <span className="dot" />
      <span className="link-words">{words}</span>
    </span>
  );
}
