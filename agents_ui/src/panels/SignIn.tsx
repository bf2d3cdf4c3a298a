import { PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/rest";
import { Button } from "@/components/Button";
import { LanguageSwitch } from "@/components/LanguageSwitch";
import { Mark } from "@/components/Icon";
import { useExplain } from "@/components/Problem";
import { ThemeToggle } from "@/components/TopBar";
import { useSignIn } from "@/data/session";

export function SignIn({ elsewhere }: { elsewhere: boolean }) {
  const { t } = useTranslation();
  const explain = useExplain();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useSignIn();
  const wrong = signIn.error instanceof ProblemError && signIn.error.status === 401;
  return (
    <div className="sign-in">
      <div className="spine" />
      <main>
        <form
          className="panel"
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate({ login: login.trim().toLowerCase(), password });
          }}
        >
          <div className="row">
            <Mark size={26} />
            <span className="grow" />
            <LanguageSwitch signedIn={false} />
            <ThemeToggle />
          </div>
          <h1>{t("session.title")}</h1>
          {elsewhere && signIn.error === null ? (
            <p role="status" className="muted">
              {t("session.ended")}
            </p>
          ) : null}
          <TextInput data-testid="login" name="login" label={t("session.login")} autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus required withAsterisk={false} value={login} onChange={(event) => setLogin(event.target.value)} />
          <PasswordInput data-testid="password" name="password" label={t("session.password")} autoComplete="current-password" required withAsterisk={false} value={password} onChange={(event) => setPassword(event.target.value)} visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} />
          {signIn.error === null ? null : (
            <p className="error-text" role="alert">
              {wrong ? t("session.wrong") : explain(signIn.error)}
            </p>
          )}
          <Button type="submit" size="md" loading={signIn.isPending} data-testid="sign-in">
            {t("session.signIn")}
          </Button>
        </form>
      </main>
    </div>
  );
}
