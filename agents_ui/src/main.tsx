import "@/theme/mantine";
import "@/theme/tokens.css";
import "@/theme/base.css";
import "@/theme/people.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ProblemError } from "@/api/rest";
import { pruneDrafts } from "@/data/drafts";
import { asLanguage, startLanguage } from "@/i18n";
import { App, Theme } from "./App";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the server refused it will refuse again; what did not reach it is worth two more tries.
      retry: (failures, error) => !(error instanceof ProblemError && error.status < 500) && failures < 2,
    },
    mutations: { networkMode: "always" },
  },
});

async function start(): Promise<void> {
  pruneDrafts();
  await startLanguage(asLanguage(document.documentElement.lang));
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Theme>
          <App />
        </Theme>
      </QueryClientProvider>
    </StrictMode>,
  );
}

void start();
