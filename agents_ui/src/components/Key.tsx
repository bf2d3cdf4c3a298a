/** The key that does what the button beside it does. */
export function Key({ of }: { of: string }) {
  return (
    <kbd className="key" aria-hidden="true">
      {of}
    </kbd>
  );
}
