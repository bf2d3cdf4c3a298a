import { Button } from "@mantine/core";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useStatus } from "@/api/collection";
import type { Me } from "@/api/types";
import { lazyPlan } from "./lazyPlan";

const EmergencyBanner = lazyPlan(() => import("@/panels/EmergencyBanner"));

/** Thin lines above the page that say why it cannot be trusted or used just now, each with its way out. */
export function Banners({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { connection } = useLive();
  const { phase, leads, newBuild, everLive } = useStatus();
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
      ) : null}
      {everLive && (phase === "waiting" || phase === "connecting") ? (
        <div className="banner" data-testid="banner-reconnecting">
          {t("banner.reconnecting")}
        </div>
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
          <span>{t("banner.newBuild")}</span>
          <Button size="compact-sm" variant="default" onClick={() => window.location.reload()}>
            {t("banner.reload")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
