import { Popover, TextInput } from "@mantine/core";
import { useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useCanAct } from "@/components/action";
import { Button } from "@/components/Button";
import { useHotkeys } from "@/components/hotkeys";
import { Key } from "@/components/Key";
import { ProblemText } from "@/components/Problem";
import { pressKeys } from "@/data/control";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
/** Of one request, as the server takes it. */
const MOST = 32;
const SHOWN = 24;

/** Tones towards whom one speaks with, from whatever phone: the server has them pressed on the agent's leg. */
export function Keypad({ call }: { call: string }) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const [open, setOpen] = useState(false);
  useHotkeys([{ keys: "KeyK", when: canAct, run: () => setOpen(true) }]);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus returnFocus withinPortal={false}>
      <Popover.Target>
        <Button size="xs" variant="default" onClick={() => setOpen(!open)} disabled={!canAct} rightSection={<Key of="K" />} data-testid="keypad">
          {t("control.keypad")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="panel">
        <Pad call={call} onClose={() => setOpen(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Pad({ call, onClose }: { call: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { pressed, error, press } = usePresses(call);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") onClose();
    const key = KEYS.find((one) => one === event.key);
    if (key === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    press(key);
  };
  return (
    <div className="keypad">
      <TextInput data-autofocus aria-label={t("control.keypad")} description={t("control.keypadHint")} value={pressed} onKeyDown={onKeyDown} readOnly data-testid="keypad-typed" />
      <div className="keypad-keys">
        {KEYS.map((key) => (
          <Button key={key} variant="default" onClick={() => press(key)} data-testid={`key-${key}`}>
            {key}
          </Button>
        ))}
      </div>
      <ProblemText error={error} />
    </div>
  );
}

/** Keys in the order in which they were pressed: one request at a time, and what is pressed meanwhile goes with the
 * next. `pressed` is what the server took. After a refusal nothing that waited is sent: half of a number is worse
 * than none. */
function usePresses(call: string) {
  const [pressed, setPressed] = useState("");
  const [error, setError] = useState<unknown>(null);
  const waiting = useRef("");
  const sending = useRef(false);
  const send = async (): Promise<void> => {
    if (sending.current) return;
    sending.current = true;
    setError(null);
    try {
      while (waiting.current !== "") {
        const keys = waiting.current.slice(0, MOST);
        waiting.current = waiting.current.slice(MOST);
        await pressKeys(call, keys);
        setPressed((before) => (before + keys).slice(-SHOWN));
      }
    } catch (caught) {
      waiting.current = "";
      setError(caught);
    } finally {
      sending.current = false;
    }
  };
  const press = (key: string): void => {
    waiting.current += key;
    void send();
  };
  return { pressed, error, press };
}
