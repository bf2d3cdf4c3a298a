"""The demo's people, scripts, clients and past calls, entered into an empty database."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callcenter.clock import Clock
from callcenter.crm.demo import seed_clients
from callcenter.demo.scripts import seed_scripts
from callcenter.history.demo import PastCaller, seed_past
from callcenter.people.demo import DemoUser, seed_people
from callcenter.people.passwords import hash_password
from callcenter.people.plan import PlanStore
from callcenter.people.views import Role
from callcenter.storage import Database
from routing.ids import ServerId

PAST_SEED = 20240229


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """Who is there, and the outcome codes that fit every queue."""

    users: Sequence[DemoUser]
    dispositions: tuple[str, ...]

    def simulated(self, visitor_station: str) -> tuple[str, ...]:
        """Logins of the operators who are played by the demo: all but the visitor's."""
        return tuple(
            user.login for user in self.users if user.station is not None and user.station != visitor_station
        )

    def sign_ins(self, visitor_station: str) -> tuple[tuple[str, str], ...]:
        """Login and role of those the visitor may be."""
        people = [user for user in self.users if user.station == visitor_station]
        people += [user for user in self.users if user.role is not Role.OPERATOR]
        return tuple((user.login, user.role.value.replace("_", " ")) for user in people)


async def seed(database: Database, clock: Clock, file: Path, password: str, region: str) -> DemoPeople:
    """Enter everything of ``file``; all users get ``password``."""
    data = tomllib.loads(await asyncio.to_thread(file.read_text, encoding="utf-8"))
    people = await seed_people(database, clock, data, await hash_password(password))
    await seed_scripts(database, clock, data)
    clients = await seed_clients(database, clock, data, region)
    plan = await PlanStore(database).load()
    words = people.dispositions
    fitting = {
        queue.id: [word.code for word in words if not word.queues or queue.id in word.queues]
        for queue in plan.queues
    }
    callers = [PastCaller(client.id, client.name, client.number, client.calls) for client in clients]
    await seed_past(
        database, callers, plan, fitting, server=ServerId("main"), now=clock.now(), seed=PAST_SEED
    )
    everywhere = tuple(word.code for word in words if not word.queues and not word.note_required)
    return DemoPeople(people.users, everywhere)
