import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["dist/", "node_modules/"] },
    eslint.configs.recommended,
    {
        files: ["src/**/*.ts"],
        extends: [tseslint.configs.strictTypeChecked],
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-non-null-assertion": "off",
            // What comes from a project is text, never markup.
            "no-restricted-properties": [
                "error",
                ...["innerHTML", "outerHTML", "insertAdjacentHTML", "srcdoc", "write"].map(property => ({
                    property,
                    message: "texts of a project are no markup: use textContent",
                })),
            ],
            "no-eval": "error",
            "no-implied-eval": "error",
        },
    },
    {
        files: ["scripts/**/*.mjs", "tests/**/*.mjs", "*.mjs"],
        languageOptions: {
            globals: { process: "readonly", console: "readonly", URL: "readonly", document: "readonly", performance: "readonly", window: "readonly", location: "readonly", getComputedStyle: "readonly", eval: "readonly", fetch: "readonly", Buffer: "readonly", setTimeout: "readonly", setInterval: "readonly", clearInterval: "readonly" },
        },
    },
);
