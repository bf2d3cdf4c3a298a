import { useEffect, useId, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "./Icon";

type Props = { title: string; onClose: () => void; children: ReactNode; place?: "top" | "middle"; wide?: boolean; testId?: string };

/** The browser's own modal dialog: focus stays in it, Escape closes it, and what opened it gets the focus back. */
export function Sheet({ title, onClose, children, place = "middle", wide = false, testId }: Props) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null || dialog.open) return;
    dialog.showModal();
    // Left alone the browser would focus the close button, the first thing in it.
    (dialog.querySelector<HTMLElement>("[data-autofocus]") ?? dialog).focus();
  }, []);
  return (
    <dialog
      ref={ref}
      tabIndex={-1}
      className="sheet"
      data-place={place}
      data-wide={wide ? true : undefined}
      data-testid={testId}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className="panel-head">
        <h2 id={id} className="grow">
          {title}
        </h2>
        <button type="button" className="icon-button" aria-label={t("common.close")} onClick={onClose}>
          <Icon name="close" size={16} />
        </button>
      </div>
      <div className="sheet-body">{children}</div>
    </dialog>
  );
}
