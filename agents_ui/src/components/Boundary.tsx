import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";

/** Keeps a fault of one page from taking the bar, the state and the connection with it. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return <Broken retry={() => this.setState({ failed: false })} />;
  }
}

function Broken({ retry }: { retry: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="empty" role="alert">
      <p>{t("problem.broken")}</p>
      <div className="row" style={{ justifyContent: "center", marginTop: 12 }}>
        <Button variant="default" onClick={retry}>
          {t("common.retry")}
        </Button>
        <Button onClick={() => window.location.reload()}>{t("banner.reload")}</Button>
      </div>
    </div>
  );
}
