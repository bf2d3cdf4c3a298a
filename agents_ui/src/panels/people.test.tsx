import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { User } from "@/api/types";
import { stage } from "@/test/stage";
import People from "./People";

const ANNA: User = { login: "anna", name: "Anna", role: "operator", language: "en", active: true, station: "101", queues: ["sales"], skills: [{ skill: "german", level: 3 }] };
const ANSWERS = {
  "GET /users": { items: [ANNA] },
  "GET /queues": {
    items: [{ id: "sales", name: "Sales", numbers: [], required: [{ skill: "tech", level: 2 }], priority: 5, ring_seconds: 20, wrap_up_seconds: 60, service_level_seconds: 20, short_abandon_seconds: 5 }],
  },
  "PATCH /users/anna": ANNA,
  "POST /users": ANNA,
};

afterEach(() => {
  vi.unstubAllGlobals();
});

async function open(answers: Record<string, unknown> = ANSWERS) {
  const staged = stage(<People />, {}, answers);
  await screen.findByTestId("user-row-anna");
  return staged;
}

describe("People", () => {
  it("lists who may sign in, with their queues and skills", async () => {
    await open();
    expect(screen.getByTestId("user-row-anna").textContent).toBe("AnnaannaOperator101Salesgerman 3allowed");
  });

  it("offers the skills that a queue asks for or somebody has, and sends what was chosen", async () => {
    const { sent } = await open();
    fireEvent.click(screen.getByRole("button", { name: "Anna" }));
    const tech = await screen.findByTestId<HTMLSelectElement>("user-skill-tech");
    expect(tech.value).toBe("0");
    fireEvent.change(tech, { target: { value: "7" } });
    fireEvent.change(screen.getByTestId("user-skill-german"), { target: { value: "0" } });
    fireEvent.click(screen.getByTestId("save-user"));
    await waitFor(() => expect(screen.queryByTestId("user-sheet")).toBeNull());
    const { body } = sent.find((item) => item.method === "PATCH") ?? {};
    expect(body).toEqual({ name: "Anna", role: "operator", station: "101", queues: ["sales"], skills: [{ skill: "tech", level: 7 }], active: true });
  });

  it("makes a user, with an empty phone as none", async () => {
    const user = userEvent.setup();
    const { sent } = await open();
    await user.click(screen.getByTestId("new-user"));
    await user.type(screen.getByTestId("user-login"), "Lena");
    await user.type(screen.getByTestId("user-name"), "Lena");
    await user.type(screen.getByTestId("user-password"), "long enough");
    await user.click(screen.getByTestId("save-user"));
    await waitFor(() => expect(screen.queryByTestId("user-sheet")).toBeNull());
    expect(sent.find((item) => item.method === "POST")?.body).toEqual({
      login: "lena", name: "Lena", password: "long enough", role: "operator", language: "en", station: null, queues: [], skills: [],
    });
  });

  it("keeps the form open beside a refused field", async () => {
    const problem = { type: "x", title: "x", status: 422, detail: "x", errors: [{ source: "body", field: "station", code: "taken", message: "another user has this phone" }] };
    await open({ ...ANSWERS, "PATCH /users/anna": problem });
    fireEvent.click(screen.getByRole("button", { name: "Anna" }));
    fireEvent.click(await screen.findByTestId("save-user"));
    await screen.findByText("another user has this phone");
    expect(screen.getByText("Some fields are not right.")).toBeDefined();
  });
});
