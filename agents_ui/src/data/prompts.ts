// Recordings of prompts.
import { useQuery } from "@tanstack/react-query";
import { body, done, rest } from "@/api/rest";

export function usePrompts() {
  return useQuery({ queryKey: ["plan", "prompts"], queryFn: () => body(rest.GET("/prompts")) });
}

export type Upload = { readonly prompt: string; readonly language: string; readonly file: File };

/** WAV or MP3; the server converts it. The file goes as it is. */
export const putPrompt = ({ prompt, language, file }: Upload) =>
  body(
    rest.PUT("/prompts/{prompt}/{language}", {
      params: { path: { prompt, language } },
      body: file as unknown as string, // the document of the API calls bytes a string
      bodySerializer: (bytes) => bytes,
      headers: { "Content-Type": file.type.startsWith("audio/") ? file.type : "application/octet-stream" },
    }),
  );

export const removePrompt = ({ prompt, language }: { prompt: string; language: string }) => done(rest.DELETE("/prompts/{prompt}/{language}", { params: { path: { prompt, language } } }));

export const audioOf = (prompt: string, language: string): string => `/api/v1/prompts/${encodeURIComponent(prompt)}/${encodeURIComponent(language)}/audio`;
