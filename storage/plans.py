"""Action plans in the database; every change is one conditional statement on the step's version."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.attachments import from_text
from bot.core.audit import Matter, made
from bot.core.broadcasts import Subject
from bot.core.forms import Form
from bot.core.people import Language
from bot.core.plans import Plan, Progress, Step, StepReport, StepState, asked_next_at, first_asked_at
from bot.core.subscribers import Hours
from storage.beginnings import Beginning
from storage.database import Database
from storage.forms import close_form
from storage.tables import events, plan_steps, plans, step_reports, subscriptions

AT_ONCE = 200
"""How many steps a tick takes up; the next takes the others."""


class StoredPlans:
    def __init__(self, database: Database, hours: Hours) -> None:
        self._database = database
        self._hours = hours

    async def plan(self, plan_id: int) -> Plan | None:
        return next(iter(await self._found(plans.c.id == plan_id)), None)

    async def of_step(self, step_id: int) -> Plan | None:
        holding = select(plan_steps.c.plan_id).where(plan_steps.c.id == step_id)
        return next(iter(await self._found(plans.c.id.in_(holding))), None)

    async def of_councils(self, commune_codes: Collection[str]) -> list[Plan]:
        return await self._found(plans.c.commune_code.in_(commune_codes))

    async def every(self) -> list[Plan]:
        found = await self._found()
        return sorted(found, key=lambda plan: (plan.commune_code, plan.id))

    async def progress(self) -> list[Progress]:
        counts: dict[str, dict[StepState, int]] = defaultdict(dict)
        left: dict[str, int] = defaultdict(int)
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(
                    plans.c.commune_code,
                    plan_steps.c.state,
                    func.count(),
                    func.count() - func.count(plan_steps.c.ask_at),
                )
                .join_from(plans, plan_steps)
                .group_by(plans.c.commune_code, plan_steps.c.state)
                .order_by(plans.c.commune_code)
            )
            for code, state, number, unasked in rows:
                counts[code][StepState(state)] = number
                left[code] += 0 if state == StepState.DONE else unasked
        return [Progress(code, one, left[code]) for code, one in counts.items()]

    async def add_step(self, form: Form, by: int, now: datetime) -> Plan | None:
        told = form.answers
        event_id = int(told["event"]) if told.get("event") else None
        async with self._database.write() as connection:
            if not await close_form(connection, form):
                return None
            plan_id = await _plan_for(connection, told["commune"], event_id, by, now)
            made(Matter.PLAN, plan_id)
            await connection.execute(
                insert(plan_steps).values(
                    plan_id=plan_id,
                    person_id=by,
                    state=StepState.OPEN,
                    ask_at=first_asked_at(date.fromisoformat(told["due"]), self._hours.zone),
                    created_at=now,
                    **_told(form),
                )
            )
        return await self.plan(plan_id)

    async def change_step(self, form: Form) -> Plan | None:
        due = form.answers["due"]
        same_day = plan_steps.c.due_on == due
        first = literal(first_asked_at(date.fromisoformat(due), self._hours.zone), plan_steps.c.ask_at.type)
        undone = plan_steps.c.state != StepState.DONE
        values = {
            "ask_at": case((same_day, plan_steps.c.ask_at), else_=first),
            "asked": case((same_day, plan_steps.c.asked), else_=0),
            **_told(form),
        }
        async with self._database.write() as connection:
            changed = await _close_and_change(connection, form, undone, **values)
        return await self.of_step(int(form.answers["step"])) if changed else None

    async def erase_step(self, step_id: int, version: int) -> bool:
        erasing = delete(plan_steps).where(*_as_seen(step_id, version), plan_steps.c.state == StepState.OPEN)
        async with self._database.write() as connection:
            return (await connection.execute(erasing)).rowcount == 1

    async def report(self, form: Form, by: int, now: datetime) -> Plan | None:
        step_id, state = int(form.answers["step"]), StepState(form.answers["state"])
        async with self._database.write() as connection:
            row = (
                await connection.execute(select(plan_steps).where(plan_steps.c.id == step_id))
            ).one_or_none()
            values = self._after_report(row, form, state, now) if row else {}
            if not await _close_and_change(connection, form, state=state, **values):
                return None
            await connection.execute(
                insert(step_reports).values(
                    step_id=step_id,
                    state=state,
                    sentence=form.answers.get("sentence", ""),
                    photo=form.answers.get("photo", ""),
                    reported_by=by,
                    reported_at=now,
                )
            )
        return await self.of_step(step_id)

    def _after_report(
        self, row: Row[*tuple[Any, ...]], form: Form, state: StepState, now: datetime
    ) -> dict[str, object]:
        """When the step is asked about next: with a new day, as if it had just been written."""
        zone = self._hours.zone
        if state is StepState.DONE:
            return {"ask_at": None}
        if day := form.answers.get("day"):
            return {"due_on": day, "asked": 0, "ask_at": first_asked_at(date.fromisoformat(day), zone)}
        return {"ask_at": asked_next_at(date.fromisoformat(row.due_on), row.asked, now, zone)}

    async def due(self, now: datetime) -> list[Plan]:
        ripe = (
            select(plan_steps.c.id)
            .where(plan_steps.c.ask_at <= now)
            .order_by(plan_steps.c.ask_at, plan_steps.c.id)
            .limit(AT_ONCE)
        )
        holding = select(plan_steps.c.plan_id).where(plan_steps.c.id.in_(ripe))
        return await self._found(plans.c.id.in_(holding), steps=plan_steps.c.id.in_(ripe))

    async def ask(self, step: Step, texts: Mapping[Language, str], now: datetime) -> bool:
        asked = step.asked + 1
        async with self._database.write() as connection:
            claimed = await connection.execute(
                update(plan_steps)
                .where(*_as_seen(step.id, step.version), plan_steps.c.ask_at <= now)
                .values(
                    asked=asked,
                    ask_at=asked_next_at(step.due, asked, now, self._hours.zone),
                    waiting=True,
                )
            )
            if claimed.rowcount == 0:
                return False
            beginning = Beginning(connection, self._hours, step.what, texts, step.author or 0, now)
            await beginning.of_notice(Subject.STEP, step.id, _who_answers(step))
        return True

    async def _found(
        self, *chosen: ColumnElement[bool], steps: ColumnElement[bool] | None = None
    ) -> list[Plan]:
        """The chosen plans, the newest first, with all their steps or the chosen ones."""
        wanted = select(plans.c.id).where(*chosen)
        lines = select(plan_steps).where(plan_steps.c.plan_id.in_(wanted))
        if steps is not None:
            lines = lines.where(steps)
        told = step_reports.c.step_id.in_(select(plan_steps.c.id).where(plan_steps.c.plan_id.in_(wanted)))
        async with self._database.read() as connection:
            heads = (await connection.execute(_HEADS.where(*chosen).order_by(plans.c.id.desc()))).all()
            rows = (await connection.execute(lines.order_by(plan_steps.c.due_on, plan_steps.c.id))).all()
            reports = await connection.execute(
                select(step_reports).where(told).order_by(step_reports.c.id.desc())
            )
            by_step = _grouped(reports, "step_id")
        by_plan = _grouped(rows, "plan_id")
        return [
            Plan(
                id=head.id,
                commune_code=head.commune_code,
                event_id=head.event_id,
                event=head.title or "",
                steps=tuple(_step(row, by_step[row.id]) for row in by_plan[head.id]),
            )
            for head in heads
        ]


async def _plan_for(
    connection: AsyncConnection, commune_code: str, event_id: int | None, by: int, now: datetime
) -> int:
    """The plan of a council, and of an event if there is one; whoever comes first makes it."""
    await connection.execute(
        upsert(plans)
        .values(commune_code=commune_code, event_id=event_id, created_by=by, created_at=now)
        .on_conflict_do_nothing()
    )
    found = await connection.scalar(
        select(plans.c.id).where(
            plans.c.commune_code == commune_code, plans.c.event_id.is_not_distinct_from(event_id)
        )
    )
    return int(found or 0)


async def _close_and_change(
    connection: AsyncConnection, form: Form, *conditions: ColumnElement[bool], **values: object
) -> bool:
    """Close a form about a step, and change the step, if it is still the version that the form saw."""
    changed = await close_form(connection, form) and await connection.scalar(
        update(plan_steps)
        .where(*_as_seen(int(form.answers["step"]), int(form.answers["version"])), *conditions)
        .values(version=plan_steps.c.version + 1, waiting=False, **values)
        .returning(plan_steps.c.id)
    )
    if not changed:
        await connection.rollback()
    return bool(changed)


def _who_answers(step: Step) -> Select[int]:
    """Its author, if they still follow the council of the plan; else everybody who does."""
    council = (
        select(plans.c.commune_code).join_from(plans, plan_steps).where(plan_steps.c.id == step.id)
    ).scalar_subquery()
    following = select(subscriptions.c.chat_id).where(
        subscriptions.c.commune_code == council,
        subscriptions.c.chat_id > 0,  # groups have negative numbers
        subscriptions.c.ended_at.is_(None),
    )
    if step.author is None:
        return following
    author = subscriptions.c.chat_id == step.author
    return following.where(or_(author, ~following.where(author).exists()))


def _told(form: Form) -> dict[str, object]:
    return {"what": form.answers["what"], "who": form.answers["who"], "due_on": form.answers["due"]}


def _as_seen(step_id: int, version: int) -> tuple[ColumnElement[bool], ...]:
    return plan_steps.c.id == step_id, plan_steps.c.version == version


def _grouped(rows: Iterable[Row[*tuple[Any, ...]]], name: str) -> dict[int, list[Row[*tuple[Any, ...]]]]:
    grouped: dict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, name)].append(row)
    return grouped


def _step(row: Row[*tuple[Any, ...]], reports: Sequence[Row[*tuple[Any, ...]]]) -> Step:
    return Step(
        id=row.id,
        what=row.what,
        who=row.who,
        due=date.fromisoformat(row.due_on),
        state=StepState(row.state),
        version=row.version,
        author=row.person_id,
        asked=row.asked,
        ask_at=row.ask_at,
        waiting=row.waiting,
        reports=tuple(_report(one) for one in reports),
    )


def _report(row: Row[*tuple[Any, ...]]) -> StepReport:
    photo = next(iter(from_text(row.photo)), None)
    return StepReport(StepState(row.state), row.sentence, photo, row.reported_by, row.reported_at)


_HEADS = select(plans, events.c.title).join_from(plans, events, isouter=True)
