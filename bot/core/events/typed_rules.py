"""How people say how often something comes again, in Khmer and English."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bot.core.dates import WEEKDAYS, start_of, time_of, with_clock
from bot.core.events.event import FIELDS
from bot.core.events.rules import LAST, Every, Rule, rule_from
from bot.core.forms import Answered, Field, Moment, Refused
from bot.core.khmer import normalise


def rule_of(text: str, moment: Moment) -> Answered:
    """A form's check: the rule in words, and where it is told as well, the time of day (the field `time`)."""
    if rule_from(text):
        return text
    for words, clock in with_clock(text):
        hour, rule = time_of(clock, moment), _rule_in(words)
        if isinstance(hour, Refused) or rule == _UNKNOWN:
            continue
        if isinstance(rule, Refused):
            return Refused(rule.reason, rule.choices, kept={"time": hour})
        return {"repeats": rule.kept, "time": hour}
    rule = _rule_in(text)
    return rule if isinstance(rule, Refused) else rule.kept


def begin_of(text: str, moment: Moment) -> Answered:
    """A form's check: the first day and its time, or a rule that tells a day, beginning with the next such.

    The fields `date`, `time` and `repeats`.
    """
    start = start_of(text, moment)
    if start != Refused("no_date"):
        return start
    typed = rule_of(text, moment)
    if isinstance(typed, Refused):
        return start if typed == _UNKNOWN else replace(typed, at="repeats")
    told = {"repeats": typed} if isinstance(typed, str) else typed
    rule = rule_from(told["repeats"])
    first = rule.next_begin(moment.now.date()) if rule else None
    return {**told, "date": first.isoformat()} if first else start


def _rule_in(text: str) -> Rule | Refused:
    typed = " ".join(normalise(text[:_LONGEST]).split())
    if _KHMER.search(typed):
        typed = typed.replace(" ", "")  # Khmer is parted where people like
    weekday, typed = _taken(_WEEKDAY, typed)
    day, typed = _taken(_DAY, typed)
    phrase, typed = _taken(_PHRASE, typed)
    every = _PHRASES[phrase[0]] if phrase else None
    if _AROUND.sub(" ", typed).strip(" ,.។") or not (weekday or day or phrase) or (weekday and day):
        return _UNKNOWN
    if day:
        return _sound(Rule(every or Every.MONTH, day=int(day["en"] or day["km"])))
    return _on_weekday(weekday, every) if weekday else _sound(Rule(every or Every.MONTH))


def _on_weekday(said: re.Match[str], every: Every | None) -> Rule | Refused:
    weekday = WEEKDAYS[said["en"] or said["km"]]
    which = said["before"] or said["after"] or ""
    nth = _NTH.get(which)
    if which == "other":
        return _sound(Rule(every or Every.FORTNIGHT, weekday))
    if which in _EITHER_SECOND and every is None:
        meant = Rule(Every.FORTNIGHT, weekday), Rule(Every.MONTH, weekday, nth)
        return Refused("which_rule", tuple(rule.kept for rule in meant))
    return _sound(Rule(every or (Every.MONTH if nth else Every.WEEK), weekday, nth))


def _taken(pattern: re.Pattern[str], typed: str) -> tuple[re.Match[str] | None, str]:
    """What the pattern finds first, and the text without it."""
    found = pattern.search(typed)
    return found, typed[: found.start()] + " " + typed[found.end() :] if found else typed


def _sound(rule: Rule) -> Rule | Refused:
    """The rule, where its parts go together: not «every month on Tuesday»."""
    return rule if rule_from(rule.kept) == rule else _UNKNOWN


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _spellings(phrase: str) -> list[str]:
    """A phrase with each of its numbers as a figure and as a word."""
    spelt = [phrase]
    for number, word in _NUMBERS.items():
        spelt = [one.replace(number, said) for one in spelt for said in (number[1:-1], word)]
    return spelt


SERIES_FIELDS: Final = (
    *(replace(field, check=begin_of) if field.name == "date" else field for field in FIELDS),
    Field("repeats", rule_of, optional=True, later=True),
)
"""Those of an event, and how often it comes again."""
_UNKNOWN: Final = Refused("no_rule")
_LONGEST: Final = 80
_KHMER: Final = re.compile(r"[\u1780-\u17ff]")
_NTH: Final = {
    **dict.fromkeys(("first", "1st", "1", normalise("ដំបូង")), 1),
    **dict.fromkeys(("second", "2nd", "2"), 2),
    **dict.fromkeys(("third", "3rd", "3"), 3),
    **dict.fromkeys(("fourth", "4th", "4"), 4),
    **dict.fromkeys(("last", normalise("ចុងក្រោយ")), LAST),
}
# «Every second Tuesday» may be every other one, or the second of each month; «ថ្ងៃអង្គារទី២» is the latter.
_EITHER_SECOND: Final = ("second", "2nd")
_WEEKDAY: Final = re.compile(
    rf"(?:\b(?P<before>other|{_either(word for word in _NTH if len(word) > 1)})\s+)?"
    rf"\b(?P<en>{_either(name for name in WEEKDAYS if name.isascii())})s?\b"
    rf"|(?P<km>{_either(name for name in WEEKDAYS if not name.isascii())})"
    rf"(?:(?:{normalise('ទី')})?(?P<after>[1-4]|{normalise('ដំបូង')}|{normalise('ចុងក្រោយ')})(?!\d))?"
)
_DAY: Final = re.compile(
    rf"\b(?P<en>\d{{1,2}})(?:st|nd|rd|th)\b"
    rf"|{normalise('ថ្ងៃទី')}(?P<km>\d{{1,2}})(?!\d)"
)
# A number in pointed brackets is written as a figure or as a word.
_NUMBERS: Final = {"<1>": "មួយ", "<2>": "ពីរ", "<3>": "បី", "<6>": "ប្រាំមួយ"}
_PHRASES: Final = {
    normalise(spelt): every
    for every, phrases in {
        Every.HALF_YEAR: (
            *("twice a year", "two times a year", "2 times a year", "six months", "6 months", "half year"),
            *("half-yearly", "half yearly", "<2>ដងក្នុង<1>ឆ្នាំ", "<2>ដងក្នុងឆ្នាំ", "<1>ឆ្នាំ<2>ដង", "<6>ខែ", "ឆមាស"),
        ),
        Every.QUARTER: ("quarter", "quarterly", "three months", "3 months", "ត្រីមាស", "<3>ខែ"),
        Every.FORTNIGHT: (
            *("other week", "second week", "2nd week", "two weeks", "2 weeks", "fortnight", "fortnightly"),
            *("biweekly", "bi-weekly", "<2>សប្តាហ៍", "<2>អាទិត្យ"),
        ),
        Every.YEAR: ("year", "yearly", "annually", "ឆ្នាំ", "<1>ឆ្នាំ"),
        Every.MONTH: ("month", "monthly", "ខែ", "<1>ខែ"),
        Every.WEEK: ("week", "weekly", "សប្តាហ៍", "អាទិត្យ", "<1>សប្តាហ៍", "<1>អាទិត្យ"),
    }.items()
    for phrase in phrases
    for spelt in _spellings(phrase)
}
_PHRASE: Final = re.compile(rf"(?<![a-z0-9])(?:{_either(_PHRASES)})(?![a-z])")
_AROUND: Final = re.compile(
    r"\b(?:every|each|once|on|in|of|the|a)\b"
    + f"|{_either(map(normalise, ('រៀងរាល់', 'រាល់', 'ប្រចាំ', 'ម្តង', 'ក្នុង', 'នៃ', 'នៅ', 'ជា')))}"
)
