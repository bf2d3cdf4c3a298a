import { Textarea, type TextareaProps } from "@mantine/core";
import { useState, type ChangeEvent, type Ref } from "react";
import { useTranslation } from "react-i18next";

/** Characters of a note, as the server takes it. */
export const LONGEST_TEXT = 4000;

type Props = Omit<TextareaProps, "onChange" | "maxLength" | "value" | "description" | "inputWrapperOrder"> & {
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly ref?: Ref<HTMLTextAreaElement>;
};

/** A field for a long text. What is pasted over the limit is cut at its end, as browsers do, but not without a word. */
export function LongText({ value, onText, ...rest }: Props) {
  const { t } = useTranslation();
  const [over, setOver] = useState(0);
  const change = ({ currentTarget: field }: ChangeEvent<HTMLTextAreaElement>): void => {
    const { text, caret } = fitting(field.value, field.selectionEnd);
    setOver(field.value.length - text.length);
    if (text !== field.value) {
      field.value = text;
      field.setSelectionRange(caret, caret);
    }
    onText(text);
  };
  const said = over === 0 ? undefined : <span role="status" data-testid="text-cut">{t("text.cut", { count: over, most: LONGEST_TEXT })}</span>;
  return <Textarea {...rest} value={value} onChange={change} description={said} inputWrapperOrder={["label", "input", "description", "error"]} />;
}

/** Without the end of what was put in last, which stands before the caret. Never half a character. */
export function fitting(text: string, caret: number): { text: string; caret: number } {
  const over = text.length - LONGEST_TEXT;
  if (over <= 0) return { text, caret };
  let from = Math.max(0, caret - over);
  const before = text.charCodeAt(from - 1);
  if (before >= 0xd800 && before <= 0xdbff) from -= 1;
  return { text: (text.slice(0, from) + text.slice(caret)).slice(0, LONGEST_TEXT), caret: from };
}
