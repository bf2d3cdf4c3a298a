import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAction } from "@/components/action";
import { Button } from "@/components/Button";
import { ProblemText } from "@/components/Problem";
import { Sheet } from "@/components/Sheet";
import { raiseHand } from "@/data/chat";

/** Asks for help; Enter raises the hand at once, with a word or without. */
export default function HandSheet({ agent, onClose }: { agent: string; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction();
  const [text, setText] = useState("");
  return (
    <Sheet title={t("hand.title")} onClose={onClose} testId="hand-sheet">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void action.run(() => raiseHand(agent, text.trim())).then((good) => (good ? onClose() : undefined));
        }}
      >
        <p className="muted">{t("hand.hints")}</p>
        <TextInput mt={10} label={t("hand.text")} value={text} maxLength={200} data-autofocus data-testid="hand-text" autoComplete="off" onChange={(event) => setText(event.target.value)} />
        <ProblemText error={action.error} />
        <Button style={{ marginTop: 14 }} type="submit" loading={action.busy} data-testid="hand-send">
          {t("hand.send")}
        </Button>
      </form>
    </Sheet>
  );
}
