import { lazy, memo, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ClientCard } from "@/api/types";
import { Button } from "@/components/Button";
import { OpenThings } from "@/components/ClientParts";
import { FreeText } from "@/components/DialNumber";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { NextStep, WaitsFor } from "@/components/Standing";
import type { Created } from "./QuickCreate";
import { Timeline } from "./timeline/Timeline";
import "@/theme/card.css";

const QuickCreate = lazy(() => import("./QuickCreate"));
const KINDS: readonly Created[] = ["task", "ticket", "deal", "note"];

type Props = { client: ClientCard; call: string | null; whole?: boolean; open?: string | null; script?: ReactNode };

/** What is known of a client, below the head: the note, the next step, what he waits for, the timeline, what is open.
 * `call` is the call on the desk that what is made here is linked to, `script` what its script suggests. Not `whole`: the
 * long lists are still to come. Drawn anew only when one of these changes, not at every step of the call. */
export const ClientBody = memo(function ClientBody({ client, call, whole = true, open = null, script }: Props) {
  const { t } = useTranslation();
  const [creating, setCreating] = useState<Created | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const create = (kind: Created): void => {
    setTold(null);
    setCreating(kind);
  };
  useHotkeys([{ keys: "KeyQ", run: () => create("task") }, ...KINDS.map((kind, index) => ({ keys: `Shift+Digit${index + 1}`, run: () => create(kind) }))]);
  return (
    <>
      {client.note === "" ? null : <ClientNote text={client.note} />}
      <div className="standing">
        <NextStep standing={client.standing}>{script}</NextStep>
        <WaitsFor standing={client.standing} />
        <div className="block adder-block">
          <Button size="compact-sm" variant="default" onClick={() => create("task")} rightSection={<Key of="Q" />} data-testid="quick-create-open">
            {t("create.open")}
          </Button>
        </div>
      </div>
      <div className="told" role="status" data-testid="created">
        {told}
      </div>
      <div className="card-grid">
        {whole ? <Timeline key={client.id} client={client} call={call} open={open} /> : <div />}
        {whole ? <OpenThings client={client} /> : <div />}
      </div>
      {creating === null ? null : (
        <Suspense fallback={null}>
          <QuickCreate
            client={client}
            call={call}
            first={creating}
            onClose={() => setCreating(null)}
            onMade={(kind, title) => {
              setCreating(null);
              setTold(t(`create.made.${kind}`, { title }));
            }}
          />
        </Suspense>
      )}
    </>
  );
});

const SHORT = 160;

function ClientNote({ text }: { text: string }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const long = text.length > SHORT || text.includes("\n");
  return (
    <div className="client-note" data-testid="client-note">
      <p className={long && !whole ? "clamp" : undefined}>
        <FreeText text={text} />
      </p>
      {long ? (
        <button type="button" className="link-button" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? t("note.less") : t("note.more")}
        </button>
      ) : null}
    </div>
  );
}
