"""Every handler, in the one order in which an update is offered to them."""

from typing import Final

from telegram import Update
from telegram.ext import InlineQueryHandler, TypeHandler, filters

from bot.context import Context
from bot.core.people import Role
from handlers import (
    answering,
    coordinators,
    councils,
    elsewhere,
    inquiries,
    languages,
    lessons,
    membership,
    person,
    questions,
    start,
    talks,
)
from handlers.broadcasts import approvals, audiences, planning, progress, readings, reports
from handlers.events import announcing, pages
from handlers.forms import PRESS, FormDriver
from handlers.knowledge import answers, editing, entries, files, gaps
from handlers.lessons import listing, offering, reading, reporting, reviewing, sharing
from handlers.places import COORDINATOR_PLACES, PLACES
from handlers.plans import pages as plans
from handlers.plans import progress as plans_progress
from handlers.plans import reporting as plans_reporting
from handlers.plans import writing as plans_writing
from handlers.routing import Handler, command, message, press
from handlers.subscribers import settings, stop
from handlers.subscribers.chosen import GROUP

_form = FormDriver(
    (
        councils.SUBSCRIBE,
        inquiries.PERSON,
        inquiries.ADDITION,
        membership.JOIN,
        membership.DECLINE,
        announcing.ANNOUNCE,
        announcing.AMEND,
        plans_writing.STEP,
        plans_writing.RESTEP,
        plans_reporting.DONE,
        plans_reporting.UNDONE,
        lessons.SHARE,
        lessons.CORRECT,
        approvals.REFUSE,
        listing.SEARCH,
        offering.OFFER,
        offering.REVISE,
        reviewing.VERDICT,
        reporting.TRIED,
        entries.FIND,
        editing.ENTRY,
        files.IMPORT,
        answers.SAME,
        settings.PAUSE,
    ),
    otherwise=answering.answer,
    aside=answering.answer_if_known,
)


async def _take_message(update: Update, context: Context) -> None:
    """A message that is no command: for the person one talks with, else for a form, else for the bot."""
    if not await talks.relay(update, context) and not await files.take_file(update, context):
        await _form.take_message(update, context)


_ID: Final = r"(\d{1,15})"
_LANGUAGE: Final = r"(km|en)"
_TOPIC: Final = r"([a-z0-9-]{1,40})"

# Sees every update before the others do.
FIRST: Final[Handler] = TypeHandler(Update, person.meet)

# Order matters: the first that fits takes the update.
ORDER: Final[tuple[Handler, ...]] = (
    InlineQueryHandler(elsewhere.inline),
    command("start", start.start, Role.PERSON),
    command("help", start.help_, Role.PERSON),
    command("ask", answering.ask, Role.PERSON),
    command("forums", pages.forums, Role.PERSON),
    command("plan", plans.plan, Role.PERSON),
    command("lessons", listing.find_or_list, Role.PERSON),
    command("lesson", lessons.offer, Role.PERSON),
    command("subscribe", councils.subscribe, Role.PERSON),
    command("unsubscribe", councils.unsubscribe, Role.PERSON),
    command("settings", settings.settings, Role.PERSON),
    command("join", membership.join, Role.PERSON),
    command("members", membership.members, Role.PERSON),
    command("person", inquiries.ask_person, Role.PERSON),
    command("contact", questions.contact, Role.PERSON),
    command("language", languages.language, Role.PERSON),
    command("privacy", start.privacy, Role.PERSON),
    command("cancel", _form.cancel, Role.PERSON),
    command("announce", announcing.announce, Role.COORDINATOR),
    command("share", lessons.share, Role.COORDINATOR),
    command("requests", membership.requests, Role.COORDINATOR),
    command("broadcasts", reports.broadcasts, Role.COORDINATOR),
    command("plans", plans_progress.plans, Role.COORDINATOR),
    command("knowledge", entries.knowledge, Role.COORDINATOR),
    command("gaps", gaps.gaps, Role.COORDINATOR),
    command("invite", coordinators.invite_coordinator, Role.COORDINATOR),
    message(filters.COMMAND, start.unknown_command, Role.PERSON),
    # Buttons of forms carry their own role, which the driver checks.
    press(PRESS, _form.press, Role.PERSON),
    press(rf"language:{_LANGUAGE}", start.choose_language, Role.PERSON),
    press(rf"go:({'|'.join(PLACES)})", start.go, Role.PERSON),
    press(rf"go:({'|'.join(COORDINATOR_PLACES)})", start.go, Role.COORDINATOR),
    press(rf"topic:{_LANGUAGE}:{_TOPIC}", questions.choose_topic, Role.PERSON),
    press(rf"chapters:{_LANGUAGE}", questions.show_chapters, Role.PERSON),
    press(rf"chapter:{_LANGUAGE}:{_TOPIC}", questions.show_chapter, Role.PERSON),
    press(rf"pick:{_LANGUAGE}:{_ID}:(\d)", questions.choose_suggested, Role.PERSON),
    press(rf"more:{_LANGUAGE}:{_TOPIC}", questions.show_more, Role.PERSON),
    press(rf"vote:(up|down):{_ID}", questions.vote, Role.PERSON),
    press(rf"none:{_LANGUAGE}:{_ID}", questions.none_of_these, Role.PERSON),
    press(rf"person:{_ID}", inquiries.pass_on, Role.PERSON),
    press(rf"end:{_ID}", inquiries.end, Role.PERSON),
    press(rf"add:{_ID}", inquiries.write_more, Role.PERSON),
    press(rf"take:{_ID}", inquiries.take, Role.COORDINATOR),
    press(rf"entries:{_ID}", talks.show_entries, Role.COORDINATOR),
    press(rf"give:{_ID}:{_TOPIC}", talks.give_entry, Role.COORDINATOR),
    press(rf"keep:{_ID}", answers.keep, Role.COORDINATOR),
    press(rf"keep-edited:{_ID}", answers.keep_edited, Role.COORDINATOR),
    press(rf"same:{_ID}", answers.show_same, Role.COORDINATOR),
    press(rf"same-toggle:{_ID}:{_ID}", answers.toggle, Role.COORDINATOR),
    press(rf"b:{_ID}", progress.open_broadcast, Role.COORDINATOR),
    press(rf"b-ask:(cancel|recall|resend):{_ID}", progress.ask_first, Role.COORDINATOR),
    press(rf"b-do:(pause|resume|cancel|recall|retry|resend|settle):{_ID}", progress.do, Role.COORDINATOR),
    press(rf"b-account:{_ID}", progress.account, Role.COORDINATOR),
    press(rf"b-correct:{_ID}", planning.correct, Role.COORDINATOR),
    press(rf"b-see:{_ID}", approvals.see, Role.COORDINATOR),
    press(rf"b-approve:{_ID}:{_ID}", approvals.approve, Role.COORDINATOR),
    press(rf"b-refuse:{_ID}", approvals.refuse, Role.COORDINATOR),
    press(rf"b-remind:{_ID}", readings.ask_to_remind, Role.COORDINATOR),
    press(rf"b-remind-yes:{_ID}:{_ID}", readings.remind, Role.COORDINATOR),
    press(rf"b-me:(announce|share):{_ID}", planning.send_to_me, Role.COORDINATOR),
    press(rf"b-who:(announce|share):{_ID}:{audiences.DEED}", audiences.choose, Role.COORDINATOR),
    press(rf"b-later:(announce|share):{_ID}", planning.ask_when, Role.COORDINATOR),
    press(rf"b-at-once:(announce|share):{_ID}", planning.send_at_once, Role.COORDINATOR),
    press("k-all", entries.show_chapters, Role.COORDINATOR),
    press(rf"k-chapter:{_TOPIC}", entries.show_chapter, Role.COORDINATOR),
    press("k-find", entries.find, Role.COORDINATOR),
    press("k-retired-list", entries.show_retired, Role.COORDINATOR),
    press(rf"k-entry:{_TOPIC}", entries.show_entry, Role.COORDINATOR),
    press(rf"k-versions:{_TOPIC}", entries.show_versions, Role.COORDINATOR),
    press(rf"k-version:{_TOPIC}:{_ID}", entries.show_version, Role.COORDINATOR),
    press(rf"k-back:{_TOPIC}:{_ID}", entries.bring_back, Role.COORDINATOR),
    press(rf"k-retire:{_TOPIC}", entries.ask_to_retire, Role.COORDINATOR),
    press(rf"k-retired:{_TOPIC}:{_ID}", entries.retire, Role.COORDINATOR),
    press(rf"k-edit:{_TOPIC}", editing.edit, Role.COORDINATOR),
    press(rf"k-add:{_TOPIC}", editing.add, Role.COORDINATOR),
    press("k-draft", editing.go_on, Role.COORDINATOR),
    press(rf"k-try:{_ID}", editing.try_draft, Role.COORDINATOR),
    press(rf"k-tell:{_TOPIC}:{_ID}", answers.tell_correction, Role.COORDINATOR),
    press("k-files", files.show_files, Role.COORDINATOR),
    press(r"k-export:(xlsx|zip)", files.export, Role.COORDINATOR),
    press("k-import", files.begin_import, Role.COORDINATOR),
    press("gaps", gaps.gaps, Role.COORDINATOR),
    press("gaps-unused", gaps.show_unused, Role.COORDINATOR),
    press(rf"gap:{_ID}", gaps.show_gap, Role.COORDINATOR),
    press(rf"gap-add:{_ID}", gaps.add_entry, Role.COORDINATOR),
    press(rf"gap-entries:{_ID}", gaps.show_entries, Role.COORDINATOR),
    press(rf"gap-to:{_ID}:{_TOPIC}", gaps.join_entry, Role.COORDINATOR),
    # What is about a group has its id at the end; whether the person administers it is asked at every press.
    press(rf"place:all{GROUP}", councils.show_provinces, Role.PERSON),
    press(rf"place:(\d{{2}}|\d{{4}}|\d{{6}}){GROUP}", councils.show_place, Role.PERSON),
    press(rf"subscribe:(\d{{6}}){GROUP}", councils.confirm, Role.PERSON),
    press("search-cancel", councils.cancel_search, Role.PERSON),
    press(rf"leave:(\d{{6}}){GROUP}", councils.leave, Role.PERSON),
    press("keep", councils.keep, Role.PERSON),
    press(rf"e:{_ID}", pages.open_event, Role.PERSON),
    press(rf"e-map:{_ID}", pages.send_map, Role.PERSON),
    press(rf"e-agenda:{_ID}", pages.send_agenda, Role.PERSON),
    press(rf"e-file:{_ID}", pages.send_file, Role.PERSON),
    press(rf"p:{_ID}", plans.open_plan, Role.PERSON),
    press("p-list", plans.show_list, Role.PERSON),
    press(rf"p-step:{_ID}", plans.open_step, Role.PERSON),
    press(rf"p-photos:{_ID}", plans.send_photos, Role.PERSON),
    press(rf"p-event:{_ID}(?::(\d{{6}}))?", plans_writing.of_event, Role.PERSON),
    press(r"p-new:(\d{6})", plans_writing.new, Role.PERSON),
    press(rf"p-another:{_ID}", plans_writing.another, Role.PERSON),
    press(rf"p-change:{_ID}", plans_writing.change, Role.PERSON),
    press(rf"p-erase:{_ID}", plans_writing.ask_to_erase, Role.PERSON),
    press(rf"p-erased:{_ID}:{_ID}", plans_writing.erase, Role.PERSON),
    press(rf"p-(done|partly|not-yet):{_ID}(?::{_ID})?", plans_reporting.tell, Role.PERSON),
    press(r"p-council:(\d{6})", plans_progress.open_council, Role.COORDINATOR),
    press(r"p-councils:(\d{1,4})", plans_progress.show_page, Role.COORDINATOR),
    press("p-table", plans_progress.send_table, Role.COORDINATOR),
    press(rf"read:{_ID}", readings.note, Role.PERSON),
    press(r"lessons:(\d{1,6})", listing.show_page, Role.PERSON),
    press(rf"lesson:{_ID}", reading.open_lesson, Role.PERSON),
    press(rf"useful:{_ID}", reading.useful, Role.PERSON),
    press("l-themes", listing.show_themes, Role.PERSON),
    press(r"l-theme:([a-z]{1,20}):(\d{1,6})", listing.show_theme, Role.PERSON),
    press("l-provinces", listing.show_provinces, Role.PERSON),
    press(r"l-province:(\d{2}):(\d{1,6})", listing.show_province, Role.PERSON),
    press("l-search", listing.search, Role.PERSON),
    press(r"l-found:(\d{1,6})", listing.show_found, Role.PERSON),
    press("l-mine", listing.show_own, Role.PERSON),
    press(rf"l-tried:{_ID}(?::(\d{{6}}))?", reporting.tell, Role.PERSON),
    press(rf"l-edit:{_ID}", offering.edit, Role.PERSON),
    press("l-waiting", reviewing.show_waiting, Role.COORDINATOR),
    press(rf"l-review:{_ID}", reviewing.review, Role.COORDINATOR),
    press(rf"l-approve:{_ID}:{_ID}", reviewing.approve, Role.COORDINATOR),
    press(rf"l-(return|decline):{_ID}:{_ID}", reviewing.ask_why, Role.COORDINATOR),
    press(rf"l-send:{_ID}", sharing.send, Role.COORDINATOR),
    press(rf"l-versions:{_ID}", reading.show_versions, Role.COORDINATOR),
    press(rf"l-version:{_ID}:{_ID}", reading.show_version, Role.COORDINATOR),
    press(rf"l-report:{_ID}", reporting.review, Role.COORDINATOR),
    press(rf"l-report-(yes|no):{_ID}", reporting.decide, Role.COORDINATOR),
    press(rf"follow{GROUP}", councils.follow, Role.PERSON),
    press(rf"unfollow{GROUP}", councils.unfollow, Role.PERSON),
    press(rf"settings{GROUP}", settings.show, Role.PERSON),
    press(rf"want:(lessons|forums|meetings):(on|off){GROUP}", settings.want, Role.PERSON),
    press(rf"themes{GROUP}", settings.show_themes, Role.PERSON),
    press(rf"mute:{_TOPIC}:(on|off){GROUP}", settings.mute, Role.PERSON),
    press(rf"rhythm:(at-once|daily|weekly){GROUP}", settings.set_rhythm, Role.PERSON),
    press(rf"quiet-hours{GROUP}", settings.show_quiet, Role.PERSON),
    press(rf"quiet:(usual|\d{{1,4}}-\d{{1,4}}){GROUP}", settings.set_quiet, Role.PERSON),
    press(rf"pause:(week|month){GROUP}", settings.pause, Role.PERSON),
    press(rf"pause-until{GROUP}", settings.ask_until, Role.PERSON),
    press(rf"resume{GROUP}", settings.resume, Role.PERSON),
    press(rf"group-language:{_LANGUAGE}{GROUP}", settings.speak, Role.PERSON),
    press(rf"stop{GROUP}", stop.stop, Role.PERSON),
    press(rf"restore:(\d{{1,11}}){GROUP}", stop.take_back, Role.PERSON),
    press("join", membership.begin_another, Role.PERSON),
    press(rf"withdraw:{_ID}", membership.ask_to_withdraw, Role.PERSON),
    press(rf"withdrawn:{_ID}", membership.withdraw, Role.PERSON),
    press("requests", membership.show_queue, Role.COORDINATOR),
    press(rf"request:{_ID}", membership.open_request, Role.COORDINATOR),
    press(rf"approve:{_ID}", membership.ask_to_approve, Role.COORDINATOR),
    press(rf"approved:{_ID}", membership.approve, Role.COORDINATOR),
    press(rf"decline:{_ID}", membership.decline, Role.COORDINATOR),
    press(".*", start.unknown_press, Role.PERSON),
    message(~filters.StatusUpdate.ALL, _take_message, Role.PERSON),
)
