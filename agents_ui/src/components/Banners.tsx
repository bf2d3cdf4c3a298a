import { Suspense, useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useStatus } from "@/api/collection";
import type { Back } from "@/api/connection";
import type { Me } from "@/api/types";
import { useMissedSince } from "@/data/day";
import { awayWords } from "./away";
import { Button } from "./Button";
import { lazyPlan } from "./lazyPlan";

const EmergencyBanner = lazyPlan(() => import("@/panels/EmergencyBanner"));
const RENEWED = "cc.renewed";
const SHOWN_MS = 30_000;
/** Seconds of absence from which on a call can have been missed. */
const WORTH_ASKING = 10;

/** Thin lines above the page that say why it cannot be trusted or used just now, each with its way out. Of the link
 * there is one line at a time: what is wrong, and once it is right again what happened. */
export function Banners({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { connection } = useLive();
  const { phase, leads, newBuild, everLive, back } = useStatus();
  const [renewed, setRenewed] = useState(wasRenewed);
  // The server came back with a newer console: one line for both, with the way to it.
  const redeployed = newBuild && phase === "live" && back?.cause === "restart";
  return (
    <div className="banners" role="status">
      {me.role === "operator" ? null : (
        <Suspense fallback={null}>
          <EmergencyBanner mayReopen={me.role !== "campaign_manager"} />
        </Suspense>
      )}
      {phase === "offline" ? (
        <div className="banner" data-tone="danger" data-testid="banner-offline">
          {t("banner.offline")}
        </div>
      ) : everLive && (phase === "waiting" || phase === "connecting") ? (
        <div className="banner" data-testid="banner-reconnecting">
          {t("banner.reconnecting")}
        </div>
      ) : back !== null && !redeployed ? (
        <WasAway key={back.since} back={back} counts={me.agent} onSeen={() => connection.seen()} />
      ) : renewed ? (
        <Told testId="banner-renewed" onSeen={() => setRenewed(false)}>
          {t("back.renewed")}
        </Told>
      ) : null}
      {phase === "live" && me.agent && !leads ? (
        <div className="banner" data-tone="quiet" data-testid="banner-follower">
          <span>{t("banner.follower")}</span>
          <Button size="compact-sm" onClick={() => connection.takeLead()} data-testid="work-here">
            {t("banner.workHere")}
          </Button>
        </div>
      ) : null}
      {newBuild ? (
        <div className="banner" data-tone="quiet" data-testid="banner-new-build">
          <span>
            {redeployed ? `${t("back.restart", { time: awayWords(t, back.seconds) })} ` : ""}
            {t("banner.newBuild")}
          </span>
          <Button size="compact-sm" variant="default" onClick={renew} data-testid="renew">
            {t("banner.reload")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** What happened while the picture was away, and what was missed by it. */
function WasAway({ back, counts, onSeen }: { back: Back; counts: boolean; onSeen: () => void }) {
  const { t } = useTranslation();
  const missed = useMissedSince(counts && back.seconds >= WORTH_ASKING ? back.since : null).data ?? 0;
  return (
    <Told testId="banner-back" cause={back.cause} onSeen={onSeen}>
      {t(`back.${back.cause}`, { time: awayWords(t, back.seconds) })} {missed > 0 ? <strong>{t("back.missed", { count: missed })}</strong> : null}
    </Told>
  );
}

type ToldProps = { testId: string; cause?: string; onSeen: () => void; children: ReactNode };

/** A line that goes by itself once it had time to be read; the time counts only while somebody can see it. */
function Told({ testId, cause, onSeen, children }: ToldProps) {
  const { t } = useTranslation();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const count = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") timer = setTimeout(onSeen, SHOWN_MS);
    };
    count();
    document.addEventListener("visibilitychange", count);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", count);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the time runs once for each line
  }, []);
  return (
    <div className="banner" data-tone="quiet" data-testid={testId} data-cause={cause}>
      <span>{children}</span>
      <Button size="compact-sm" variant="default" onClick={onSeen}>
        {t("back.close")}
      </Button>
    </div>
  );
}

function renew(): void {
  try {
    window.sessionStorage.setItem(RENEWED, "yes");
  } catch {
    // The reload says enough.
  }
  window.location.reload();
}

let renewedNow: boolean | null = null;

/** Whether this page was just reloaded for a newer console; once for each reload. */
function wasRenewed(): boolean {
  if (renewedNow === null) {
    try {
      renewedNow = window.sessionStorage.getItem(RENEWED) !== null;
      window.sessionStorage.removeItem(RENEWED);
    } catch {
      renewedNow = false;
    }
  }
  return renewedNow;
}
