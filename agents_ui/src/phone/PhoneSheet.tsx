import { NativeSelect } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { Sheet } from "@/components/Sheet";
import { usePhone } from "./context";
import { chosen, choose, closeStream, list, meter, NONE, openMicrophone, SYSTEM, type Role } from "./devices";
import { testTone } from "./ringer";
import { lostWords } from "./words";

const ROLES = ["microphone", "speaker", "ringer", "second"] as const satisfies readonly Role[];

/** Devices: which, whether they work, and what is wrong with the phone. */
export default function PhoneSheet({ words, onClose }: { words: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { phone, state } = usePhone();
  const [devices, setDevices] = useState<Partial<Record<Role, MediaDeviceInfo[]>>>({});
  const [picked, setPicked] = useState(() => Object.fromEntries(ROLES.map((role) => [role, chosen(role).id])) as Record<Role, string>);
  useEffect(() => {
    let over = false;
    const look = (): void => {
      void Promise.all(ROLES.map(async (role) => [role, await list(role)] as const)).then((found) => {
        if (!over) setDevices(Object.fromEntries(found));
      });
    };
    look();
    navigator.mediaDevices.addEventListener("devicechange", look);
    return () => {
      over = true;
      navigator.mediaDevices.removeEventListener("devicechange", look);
    };
  }, []);
  const pick = (role: Role, id: string): void => {
    choose(role, { id, label: devices[role]?.find((device) => device.deviceId === id)?.label ?? "" });
    setPicked({ ...picked, [role]: id });
    phone?.devicesChanged();
  };
  return (
    <Sheet title={t("phone.title")} onClose={onClose} testId="phone-sheet">
      <div className="column phone-sheet">
        <div>
          <p data-testid="phone-words">{words}</p>
          {state.here && state.problem !== null ? <p className="muted">{t(`phone.remedy.${state.problem}`, { reason: state.reason })}</p> : null}
          {state.lost.length > 0 ? (
            <p className="error-text" role="status" data-testid="device-lost">
              {lostWords(t, state.lost)}
            </p>
          ) : null}
        </div>
        {ROLES.map((role) => (
          <div key={role} className="row phone-device">
            <NativeSelect
              className="grow"
              label={t(`phone.${role}`)}
              data-testid={`device-${role}`}
              value={picked[role]}
              onChange={(event) => pick(role, event.currentTarget.value)}
              data={[
                { value: role === "second" ? NONE : SYSTEM, label: role === "second" ? t("phone.none") : t("phone.system") },
                ...(devices[role] ?? []).filter((device) => device.deviceId !== SYSTEM).map((device) => ({ value: device.deviceId, label: device.label === "" ? device.deviceId.slice(0, 8) : device.label })),
              ]}
            />
            {role === "microphone" || picked[role] === NONE ? null : (
              <Button variant="default" onClick={() => testTone(picked[role])} aria-label={`${t("phone.test")}: ${t(`phone.${role}`)}`} data-testid={`test-${role}`}>
                {t("phone.test")}
              </Button>
            )}
          </div>
        ))}
        <Level key={picked.microphone} />
      </div>
    </Sheet>
  );
}

function Level() {
  const { t } = useTranslation();
  const [level, setLevel] = useState<number | null>(null);
  useEffect(() => {
    let stream: MediaStream | null = null;
    let stop: (() => void) | null = null;
    let over = false;
    openMicrophone().then(
      (opened) => {
        if (over) {
          closeStream(opened);
          return;
        }
        stream = opened;
        stop = meter(opened, setLevel);
      },
      () => setLevel(null),
    );
    return () => {
      over = true;
      stop?.();
      closeStream(stream);
    };
  }, []);
  const percent = Math.round((level ?? 0) * 100);
  return (
    <div>
      <meter className="level" min={0} max={100} value={percent} aria-label={t("phone.level")} data-testid="level" data-level={level === null ? "" : percent} />
      <p className="muted">{t("phone.speak")}</p>
    </div>
  );
}
