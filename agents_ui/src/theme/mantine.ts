import { createTheme, defaultVariantColorsResolver } from "@mantine/core";
// Only the components in use: the whole sheet is six times as large.
import "@mantine/core/styles/default-css-variables.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/Loader.css";
import "@mantine/core/styles/Input.css";
import "@mantine/core/styles/PasswordInput.css";
import "@mantine/core/styles/ActionIcon.css";
import "@mantine/core/styles/Popover.css";
import "@mantine/core/styles/Menu.css";

export const theme = createTheme({
  fontFamily: "inherit",
  cursorType: "pointer",
  defaultRadius: "sm",
  respectReducedMotion: true,
  // Mantine writes white on a filled button; in the dark theme the accent is light.
  variantColorResolver(input) {
    const colors = defaultVariantColorsResolver(input);
    return input.variant === "filled" ? { ...colors, color: "var(--on-accent)", hoverColor: "var(--on-accent)" } : colors;
  },
  components: {
    // The hint below its field, so that fields of one row stand on one line.
    TextInput: { defaultProps: { size: "sm", inputWrapperOrder: ["label", "input", "description", "error"] } },
    NativeSelect: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "sm" } },
    Menu: { defaultProps: { transitionProps: { duration: 0 }, position: "bottom-start", offset: 4, withInitialFocusPlaceholder: false } },
  },
});
