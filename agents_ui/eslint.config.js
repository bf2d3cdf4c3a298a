import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const noText = {
  // Every word on screen comes from src/i18n; a letter in JSX text or in a spoken attribute is a missed one.
  selector: "JSXText[value=/\\p{L}/u]",
  message: "Literal text in JSX: take it from i18n.",
};
const noSpokenAttribute = {
  selector: "JSXAttribute[name.name=/^(aria-label|title|placeholder|label|description|alt)$/] > Literal[value=/\\p{L}/u]",
  message: "Literal text in a spoken attribute: take it from i18n.",
};

export default tseslint.config(
  { ignores: ["node_modules", "dist", "public", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["scripts/*.mjs", "eslint.config.js"] }, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "no-restricted-imports": ["error", { paths: [{ name: "@mantine/core", importNames: ["Button"], message: "The console has its own: @/components/Button." }] }],
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  { files: ["src/**/*.tsx"], ignores: ["src/**/*.test.tsx"], rules: { "no-restricted-syntax": ["error", noText, noSpokenAttribute] } },
  {
    files: ["scripts/*.mjs", "*.js"],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
);
