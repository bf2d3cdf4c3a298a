import { NativeSelect, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCollection } from "@/api/collection";
import { ProblemError } from "@/api/rest";
import type { Card, Rank } from "@/api/types";
import { useAction, useCanAct } from "@/components/action";
import { Button } from "@/components/Button";
import { LongText } from "@/components/LongText";
import { ProblemText } from "@/components/Problem";
import { pickClient } from "@/data/calls";
import { createClient } from "@/data/clients";

const RANKS: readonly Rank[] = ["new", "regular", "vip", "risk"];

/** Makes a client and links the call to it. Two requests: when the second one fails the first is not repeated. */
export function ClientForm({ call, number, suggestedName = "" }: { call: string; number: Card["number"]; suggestedName?: string }) {
  const { t } = useTranslation();
  const canAct = useCanAct();
  const action = useAction();
  const made = useRef<number | null>(null);
  const [name, setName] = useState(suggestedName);
  const [company, setCompany] = useState("");
  const [email, setEmail] = useState("");
  const [phone, setPhone] = useState(number.e164 ?? number.raw);
  const [rank, setRank] = useState<Rank>("new");
  const [note, setNote] = useState("");
  const [owner, setOwner] = useState("");
  const agents = useCollection("agent");
  const owners = [...agents].sort((a, b) => a.name.localeCompare(b.name)).map(({ agent, name }) => ({ value: agent, label: name }));

  const save = async (): Promise<void> => {
    made.current ??= (
      await createClient({ name: name.trim(), phones: phone.trim() === "" ? [] : [phone.trim()], company: company.trim(), email: email.trim(), rank, note, owner: owner === "" ? null : owner })
    ).id;
    await pickClient(call, made.current);
  };
  const fields = action.error instanceof ProblemError ? action.error.fields : null;
  const bad = (field: string): string | null => (fields?.has(field) === true ? t(`client.bad.${field === "phones.0" ? "phone" : field === "email" ? "email" : "other"}`) : null);
  return (
    <form
      className="block"
      data-testid="client-form"
      onSubmit={(event) => {
        event.preventDefault();
        void action.run(save);
      }}
    >
      <h3>{t("client.newTitle")}</h3>
      <div className="form-grid">
        <TextInput className="wide" name="name" data-testid="client-name" label={t("client.name")} required withAsterisk={false} maxLength={200} autoComplete="off" value={name} error={bad("name")} onChange={(event) => setName(event.target.value)} />
        <TextInput name="company" data-testid="client-company" label={t("client.company")} maxLength={200} autoComplete="off" value={company} error={bad("company")} onChange={(event) => setCompany(event.target.value)} />
        <TextInput name="phone" data-testid="client-phone" label={t("client.phone")} type="tel" maxLength={64} autoComplete="off" value={phone} error={bad("phones.0")} onChange={(event) => setPhone(event.target.value)} />
        <TextInput name="email" data-testid="client-email" label={t("client.email")} type="email" maxLength={254} autoComplete="off" value={email} error={bad("email")} onChange={(event) => setEmail(event.target.value)} />
        <NativeSelect name="rank" label={t("client.rank")} value={rank} data={RANKS.map((value) => ({ value, label: t(`rank.${value}`) }))} onChange={(event) => setRank(RANKS.find((value) => value === event.target.value) ?? "new")} />
        <NativeSelect name="owner" data-testid="client-owner" label={t("client.owner")} value={owner} data={[{ value: "", label: t("client.noOwner") }, ...owners]} error={bad("owner")} onChange={(event) => setOwner(event.target.value)} />
        <LongText className="wide" name="client-note" label={t("client.note")} rows={2} value={note} onText={setNote} />
      </div>
      <div className="row" style={{ marginTop: 12 }}>
        <Button type="submit" loading={action.busy} disabled={!canAct} data-testid="save-client">
          {t("client.saveAndLink")}
        </Button>
        <ProblemText error={action.error} />
      </div>
    </form>
  );
}
