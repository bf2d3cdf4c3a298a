"""Signing in and out, and who one is."""

from __future__ import annotations

from callcenter.people.views import User, UserChanges
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.problems import ProblemError
from callcenter.web.schemas import Me, MyChanges, SignIn

routes = Endpoints("session")


def me_of(user: User) -> Me:
    return Me(
        login=user.login,
        name=user.name,
        role=user.role,
        language=user.language,
        agent=user.agent is not None,
        station=user.station,
    )


@routes.post("/session", problems=(401, 429, 503))
async def sign_in(context: Context, body: SignIn) -> Me:
    """Sign in.

    Sets the session cookie, always a new one. 401 does not tell whether the login exists; 429 comes with
    Retry-After.
    """
    return me_of(await context.auth.sign_in(context.request, body.login, body.password))


@routes.get("/session")
async def get_session(context: Context) -> Me:
    """Who is signed in."""
    return me_of(context.user)


@routes.patch("/session")
async def change_session(context: Context, body: MyChanges) -> Me:
    """Change one's own settings."""
    changes = UserChanges(language=body.language)
    user = await context.deps.users.change(context.user.login, changes, by=context.author)
    if user is None:
        raise ProblemError(401, "sign in first")
    return me_of(user)


@routes.delete("/session")
async def sign_out(context: Context) -> None:
    """Sign out.

    Ends the session and closes its WebSockets (4401). Not an error when nobody is signed in.
    """
    await context.auth.sign_out(context.request)
