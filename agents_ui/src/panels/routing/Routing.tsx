import { useTranslation } from "react-i18next";
import { Link, Redirect } from "wouter";
import type { Me } from "@/api/types";
import { EmergencyButton } from "../Emergency";
import { Agents } from "./Agents";
import { Changes } from "./Changes";
import { Dispositions } from "./Dispositions";
import { Flows } from "./Flows";
import { Hours } from "./Hours";
import { PauseReasons } from "./PauseReasons";
import { Prompts } from "./Prompts";
import { Queues } from "./Queues";
import { Scripts } from "../scripts/Scripts";
import { Skills } from "./Skills";
import { Values } from "./Values";
import "@/theme/plan.css";

const TABS = ["queues", "skills", "agents", "flows", "hours", "values", "prompts", "scripts", "dispositions", "pauses", "changes"] as const;
type Tab = (typeof TABS)[number];

/** What routing is configured with. Everybody here may look; administrators change it, supervisors who serves what. */
export default function Routing({ me, tab, item }: { me: Me; tab: string | undefined; item: string | undefined }) {
  const { t } = useTranslation("plan");
  const { t: words } = useTranslation("scripts");
  const shown = TABS.find((one) => one === tab);
  if (shown === undefined) return <Redirect to="/routing/queues" replace />;
  return (
    <div className="column" data-testid="routing">
      <div className="row">
        <nav className="tabs grow" aria-label={t("tabs.label")}>
          {TABS.map((one) => (
            <Link key={one} href={`/routing/${one}`} aria-current={one === shown ? "page" : undefined} data-testid={`tab-${one}`}>
              {one === "scripts" ? words("tab") : one === "dispositions" ? words("outcomes.tab") : one === "pauses" ? words("pauses.tab") : t(`tabs.${one}`)}
            </Link>
          ))}
        </nav>
        <EmergencyButton />
      </div>
      <Page tab={shown} item={item} administers={me.role === "administrator"} supervises={me.role === "supervisor"} />
    </div>
  );
}

function Page({ tab, item, administers, supervises }: { tab: Tab; item: string | undefined; administers: boolean; supervises: boolean }) {
  switch (tab) {
    case "queues":
      return <Queues mayEdit={administers} />;
    case "skills":
      return <Skills mayEdit={administers} />;
    case "agents":
      return <Agents />;
    case "flows":
      return <Flows mayEdit={administers} flow={item} />;
    case "hours":
      return <Hours mayEdit={administers} />;
    case "values":
      return <Values mayEdit={administers} />;
    case "prompts":
      return <Prompts mayEdit={administers} />;
    case "scripts":
      return <Scripts script={item} />;
    case "dispositions":
      return <Dispositions mayEdit={administers} />;
    case "pauses":
      return <PauseReasons mayEdit={administers || supervises} />;
    case "changes":
      return <Changes administers={administers} />;
  }
}
