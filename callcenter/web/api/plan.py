"""The whole plan as a file, and the audit trail of what changed in it."""

from __future__ import annotations

from callcenter.people.audit import AuditEntry as Entry, AuditFilter
from callcenter.people.mistakes import PlanRefusedError
from callcenter.people.plan_file import apply_file, read_toml, write_toml
from callcenter.people.site_plan import Source
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.flow_schemas import (
    LARGEST_FILE,
    Applied,
    ApplyForm,
    ApplyQuery,
    AuditEntry,
    AuditPage,
    AuditQuery,
    PlanChange,
    PlanMistake,
    WholePlan,
)
from callcenter.web.problems import refused_plan

routes = Endpoints("plan")


@routes.get("/plan")
async def get_plan(context: Context) -> WholePlan:
    """Everything that routing is configured with, also as a plan file."""
    version = await context.deps.plans.version()
    document = (await context.deps.plans.site_plan()).document()
    return WholePlan(version=version, plan=document, toml=write_toml(document))


@routes.post("/plan/apply", largest=3 * LARGEST_FILE)
async def apply_plan(context: Context, query: ApplyQuery, body: ApplyForm) -> Applied:
    """Lay a plan file over the plan in force: all of it, or nothing.

    Fields of a refusal are places in the file.
    """
    try:
        data = read_toml(body.toml)
    except PlanRefusedError as error:
        raise refused_plan(error) from error
    edited = await context.edit(
        apply_file(data, context.deps.clock.now(), prune=body.prune), dry_run=query.dry_run
    )
    return Applied(
        dry_run=query.dry_run,
        changes=[PlanChange.model_validate(change) for change in edited.changes],
        mistakes=[PlanMistake.model_validate(warning) for warning in edited.warnings],
    )


@routes.get("/audit")
async def list_audit(context: Context, query: AuditQuery) -> AuditPage:
    """Who changed what, the newest first."""
    which = AuditFilter(
        query.entity,
        query.id,
        query.who,
        None if query.source is None else Source(query.source),
        query.since,
        query.until,
    )
    below = None if query.cursor is None else int(query.cursor)
    entries, following = await context.deps.audit.page(which, query.limit, below)
    return AuditPage(
        items=[_entry(entry) for entry in entries], next=None if following is None else str(following)
    )


def _entry(entry: Entry) -> AuditEntry:
    change = entry.change
    return AuditEntry.model_validate(
        {
            "number": entry.number,
            "at": entry.at,
            "who": entry.who,
            "source": entry.source.value,
            "entity": change.entity,
            "id": change.id,
            "before": change.before,
            "after": change.after,
        }
    )
