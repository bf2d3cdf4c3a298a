"""Recordings of prompts: upload, hear, remove, and what is missing."""

from __future__ import annotations

from callcenter.flows.views import Missing, Prompt, Recording
from callcenter.prompts import MAX_BYTES
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints, Sound
from callcenter.web.prompt_schemas import MissingPrompt, PromptList, PromptPath, PromptRecording

routes = Endpoints("prompts")


@routes.get("/prompts", problems=(503,))
async def list_prompts(context: Context) -> PromptList:
    """All recordings, by prompt and language, and what callers would miss by the plan in force."""
    found = await context.deps.prompts.prompts()
    return PromptList(
        items=[_recording(one) for one in found.recordings],
        missing=[_missing(one) for one in found.missing],
    )


@routes.put("/prompts/{prompt}/{language}", problems=(503,), largest=MAX_BYTES)
async def put_prompt(context: Context, path: PromptPath, body: bytes) -> PromptRecording:
    """Upload a WAV or MP3, in place of what was there. It is converted to what Asterisk plays."""
    made = await context.deps.prompts.put(path.prompt, path.language, body, by=context.author)
    await context.people_changed()
    return await _one(context, made)


@routes.get("/prompts/{prompt}/{language}/audio", problems=(404, 503))
async def get_prompt_audio(context: Context, path: PromptPath) -> Sound:
    """The recording as callers hear it."""
    return Sound(await context.deps.prompts.audio(path.prompt, path.language))


@routes.delete("/prompts/{prompt}/{language}", problems=(404, 503))
async def remove_prompt(context: Context, path: PromptPath) -> None:
    """Remove a recording. Refused while a flow plays the prompt and no other language has it."""
    await context.deps.prompts.remove(path.prompt, path.language, by=context.author)
    await context.people_changed()


async def _one(context: Context, made: Prompt) -> PromptRecording:
    known = (await context.deps.prompts.prompts()).recordings
    found = [one for one in known if (one.prompt.id, one.prompt.language) == (made.id, made.language)]
    return _recording(found[0] if found else Recording(made, None, ()))


def _recording(one: Recording) -> PromptRecording:
    row = one.prompt
    return PromptRecording(
        id=row.id,
        language=row.language,
        sha256=row.sha256,
        seconds=row.seconds,
        uploaded_by=row.uploaded_by,
        uploaded_at=row.uploaded_at,
        problem=one.problem,
        flows=list(one.flows),
    )


def _missing(one: Missing) -> MissingPrompt:
    return MissingPrompt(
        id=one.id,
        language=one.language,
        problem=one.problem,
        remedy=one.remedy,
        says=one.says,
        instead=one.instead,
        flows=list(one.flows),
    )
