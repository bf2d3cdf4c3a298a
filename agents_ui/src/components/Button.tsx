import type { ComponentProps, ReactNode } from "react";

type Props = ComponentProps<"button"> & {
  variant?: "filled" | "default";
  size?: "compact-sm" | "xs" | "sm" | "md";
  fullWidth?: boolean;
  /** At work: it turns a wheel, and can't be pressed. */
  loading?: boolean;
  leftSection?: ReactNode;
  rightSection?: ReactNode;
};

/** Not Mantine's: a desk has a dozen, and each of those takes as much to draw as a line of the timeline. */
export function Button({ variant = "filled", size = "sm", fullWidth = false, loading = false, disabled = false, leftSection, rightSection, type = "button", className, children, ...others }: Props) {
  return (
    <button
      {...others}
      type={type}
      className={className === undefined || className === "" ? "button" : `button ${className}`}
      data-variant={variant}
      data-size={size}
      data-block={fullWidth || undefined}
      data-loading={loading || undefined}
      disabled={disabled || loading}
    >
      {leftSection}
      <span className="button-label">{children}</span>
      {rightSection}
    </button>
  );
}
