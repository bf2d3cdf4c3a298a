import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import { loadPlanWords } from "@/i18n";

/** A page of its own file that speaks of the plan: its words come with it. */
export function lazyPlan<Props>(load: () => Promise<{ default: ComponentType<Props> }>): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    const [page] = await Promise.all([load(), loadPlanWords()]);
    return page;
  });
}
