"""What a question asks for (a time, a person, a number…), what it denies, and what it leans on."""

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.core.khmer import normalise, words
from bot.core.knowledge import Asked

# Formal and colloquial question words, normalised, the more particular kinds first: what one kind has
# matched is taken away before the next is tried, so that "how many times" is not also "how many".
# Each kind: in Khmer; in Latin letters, English and Khmer as it is romanised.
_PATTERNS: tuple[tuple[Asked, str, str], ...] = (
    (
        "how-often",
        "ប៉ុន្មាន ?(?:ដង|លើក)|(?:ប៉ុន្មាន ?(?:ខែ|ឆ្នាំ|យូរ)|យូរប៉ុណ្ណា) ?(?:ប្រជុំ ?)?ម្តង|ញឹកញាប់|ញឹក|ញយ",
        "how often|how many times|how frequently|how regularly|p[ou]n ?m(?:ea|a)n do(?:r|a)?ng",
    ),
    (
        "when",
        "(?:ពេល|កាល|ថ្ងៃ|ខែ|ឆ្នាំ|ម៉ោង) ?(?:ណា|អី|អ្វី|ទី ?ប៉ុន្មាន|ប៉ុន្មាន)|អង្កាល់|ថ្ងៃខែ|កាលបរិច្ឆេទ|ឆ្នាំ ?(?:បង្កើត|ចាប់ផ្តើម)",
        "when|(?:what|which) (?:year|date|day|month|time)|how long ago"
        "|(?:start|founding|founded|opening) (?:year|date)"
        "|(?:chh?nam|khae?|khe|pel|thn?gn?ai|mo[nu]g|kal) ?(?:na|ey|avey|p[ou]n ?m(?:ea|a)n)|[oa]ng ?kal",
    ),
    (
        "how-much",
        "(?:តម្លៃ|ថ្លៃ|លុយ|ប្រាក់|ថវិកា|(?<!ទាំង)អស់|ចំណាយ|បង់) ?(?:អស់ ?)?ប៉ុន្មាន|ប៉ុន្មាន ?(?:ដុល្លារ|រៀល|លុយ)|(?:អស់|បង់) ?លុយ",
        "how much|cost|costs|price|fee|fees|salary|(?:l[ou]y|thlay|thlai|os|tamlai) p[ou]n ?m(?:ea|a)n",
    ),
    ("how-many", "ប៉ុន្មាន|ចំនួន", "how many|number of|p[ou]n ?m(?:ea|a)n"),
    (
        "where",
        "(?:នៅ|ឯ|ទី|ពី|ត្រង់|កន្លែង|ខាង|ខេត្ត|ស្រុក|ទីក្រុង|ប្រទេស)+ ?ណា(?! ?គេ)|ទីតាំង|ទីកន្លែង|អាសយដ្ឋាន",
        "where|address|location|(?:which|what) (?:city|town|province|country|place|street)"
        "|n(?:o|a|e)?[vw] (?:e?y )?na|kh?aet? na|tov na",
    ),
    ("who", "នរណា|អ្នក ?ណា|ណាគេ|លោកណា|បុគ្គលណា", "who|whom|whose|n(?:ea|e|a)k ?na|no ?r ?na"),
    (
        "why",
        "ហេតុ ?(?:អ្វី|អី|ម៉េច|ដូចម្តេច)|ម៉េច ?(?:ក៏ ?)?បាន(?= ?(?:ជា|គេ|ក្រុម|មាន|បង្កើត|ត្រូវ))|មូលហេតុ"
        "|ដោយសារ ?(?:អ្វី|អី)|ដើម្បី ?(?:អ្វី|អី)",
        "why|what for|for what|reason|reasons|het ?(?:ey|avey)|mech ban(?: chea)?",
    ),
    (
        "how",
        "ដូចម្តេច|យ៉ាង ?(?:ណា|ម៉េច)|ម៉េច|(?:របៀប|វិធី|ផ្លូវ|តាម) ?ណា|របៀប",
        "how(?! (?:old|big|far|tall|long))|(?:yang )?m[ei]ch|yang na",
    ),
    (
        "which",
        "ណា ?ខ្លះ|មួយ ?ណា|(?:អង្គការ|ក្រុម|ភាសា|ស្ថាប័ន|ថ្នាក់|កម្រិត) ?ណា",
        "which|(?:[oa]ng?ka?r?|krom|krum|pheasa|thnak) na|na k(?:h?la?s|h?lah)",
    ),
    ("what", "អ្វី|ស្អី|អី", "what|what's|whats|avey|avei|(?:s ?)?ey|ei"),
    (
        "yes-no",
        r"(?:ទេ|អត់|ឬនៅ|មែន)(?=\W*$)",
        r"(?<!.)(?:is|are|was|were|do|does|did|can|could|may|has|have|will|isn't|aren't|doesn't|don't)"
        r"|(?:te|ot|men|right|correct|true)(?=\W*$)",
    ),
)
_KINDS = tuple((kind, re.compile(rf"{khmer}|\b(?:{latin})\b")) for kind, khmer, latin in _PATTERNS)


def kinds_asked(question: str) -> frozenset[Asked]:
    """Return what a question asks for; empty for keywords and for what it does not understand.

    A year or a number that is put up for confirmation asks for that year or number.
    """
    return _taken_apart(normalise(question))[0]


@lru_cache(maxsize=4_096)
def _taken_apart(text: str) -> tuple[frozenset[Asked], str]:
    """Return what a normalised question asks for, and what is left of it without its question words."""
    rest, kinds = text, set[Asked]()
    for kind, pattern in _KINDS:
        rest, times = pattern.subn(" ", rest)
        if times:
            kinds.add(kind)
    if kinds <= {"yes-no"} and _CONFIRM.search(text):
        kinds |= {"when"} if _YEAR.search(text) else {"how-many"} if _NUMBER.search(text) else set()
    return frozenset(kinds), rest


# Words that deny. Khmer អត់ denies what follows it; at the end of a phrase it only makes a question.
_DENIAL = re.compile(
    "មិន(?!អី)|គ្មាន|កុំ|លែង|ពុំ|អត់(?= ?[ក-អ])(?! ?(?:ទេ|បង|ហ្នឹង|លោក|ពូ|មីង|ណា|ផង|ដឹង|យល់|ចាំ))"
    r"|\b(?:not|never|no longer|no more|nobody|none|without|min|kom)\b|n't\b"
    r"|\b(?:do|does|did|is|are|ca|wo)nt\b"
)
# Not knowing is no denial, and "or not" only asks.
_IGNORANCE = re.compile(
    "(?:មិន|អត់|ពុំ) ?(?:ទាន់ ?)?(?:ដឹង|យល់|ចាំ|ច្បាស់|ប្រាកដ|ឃើញ|ស្គាល់)|ឬ ?(?:មិន|អត់)|អត់ ?(?:ឬ|ទេ)"
    r"|(?:not|n't|dont|cannot|min) (?:know|understand|remember|sure|find|see|deung|yol)|or not|whether"
)
# A denial put up for confirmation asks for what is so.
_CONFIRM = re.compile(
    "(?:មែន|ត្រូវ|ពិត) ?(?:ទេ|អត់|ឬ|ដែរ|ហើយ)|មែន(?=\\W*$)|^(?:តើ)?មិនមែន.*ទេ(?:ឬ|អី)"
    r"|\b(?:right|correct|true|isn't it|aren't they|te men te|men te|men ot)(?=\W*$)"
    r"|^(?:is|are|was|were|do|does|did|has|have|ca|can|wo)n't\b|^(?:is|are|was|were|do|does|did|has|have)nt\b"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")

# What leans on what was said before: an opening that continues, or a word that stands for something.
_CONTINUES = re.compile(
    "^(?:ចុះ(?:បើ)?(?!ឈ្មោះ)|ហើយ(?:ចុះ)?|អញ្ចឹង|ដូច្នេះ)|(?:វិញ|ដែរ)(?=\\W*$)"
    r"|^(?:and|but|so|then|ok|okay|also|what about|how about|choh|chos|hery|haey)\b"
    r"|\b(?:too|then|instead)(?=\W*$)"
)
_STANDS_FOR = re.compile(
    r"គាត់|គេ|វា(?![ក-អា-្])|នោះ|ហ្នឹង"
    r"|\b(?:it|its|they|them|their|theirs|he|him|his|she|her|that|those|there|ones?|ke|vea|ng|hnung)\b"
)
# As many words, at most, has a question that leans on another without saying so.
FEW = 5

# Where a message may go over to a second question: a mark, a conjunction, the space between Khmer phrases.
_MARK = re.compile(r"[?!។៖;\n+]+|(?<=\w)\.(?= )")
_CONJUNCTION = re.compile(
    r"(?<=\S)(?:ហើយ ?និង|ហើយ|ចុះ(?!ឈ្មោះ|បញ្ជី)|ព្រមទាំង)(?=.)|(?<=[\u1780-\u17dd]) (?=[\u1780-\u17dd])"
    r"|(?<=\w),(?= )|\b(?:and also|and|also|ning|hery|haey|choh)\b"
)
# Two words, or some Khmer, which has no spaces between words.
_PHRASE = re.compile(r"\w\W+\w|[ក-ឳ].{5}")
_ENDS = " ?!។.\n"
_BETWEEN_NAMES = r" ?(?:and|និង|ឬ|or|,|&|ning|\+) ?"


def denies(question: str) -> bool:
    """Say whether a question is about what is not so, or not wanted; what is known cannot answer it.

    Not counted: not knowing, a denial put up for confirmation, and a denial before the question itself.
    """
    text = _IGNORANCE.sub(" ", without_premise(question))
    return bool(_DENIAL.search(text)) and not _CONFIRM.search(text)


def without_premise(question: str) -> str:
    """Return what is asked after "it is not so, then …"; the question itself if it has no such premise."""
    text = normalise(question)
    for parted in re.finditer("ទេ(?:ហ្នឹង)? (?:អញ្ចឹង|ដូច្នេះ)?(?=.)|អញ្ចឹង|ដូច្នេះ|ដូច្នោះ|, (?:so|then) ", text):
        premise, rest = text[: parted.end()], text[parted.end() :].strip()
        kinds, subject = _taken_apart(rest)
        if _DENIAL.search(premise) and kinds and len(subject.strip()) > 2:
            return rest
    return text


def without_opening(question: str) -> str:
    """Return a question without the words by which it continues what was said before."""
    text = normalise(question)
    return _CONTINUES.sub(" ", text).strip(" ,?") or text


def continues(question: str) -> bool:
    """Say whether a question says of itself that it continues what was said before."""
    return bool(_CONTINUES.search(normalise(question)))


def leans(question: str) -> bool:
    """Say whether a question of so many words may lean on what was said before without saying so."""
    length = len(words(question))
    return length <= FEW or (length <= 2 * FEW and bool(_STANDS_FOR.search(normalise(question))))


def halves(question: str) -> Iterator[tuple[str, str]]:
    """Give the ways to part a message in two questions, the plainest first: at marks, then at words."""
    text, typed = normalise(question).strip(_ENDS), question.strip(_ENDS)
    for mark in _MARK.finditer(typed):
        first, second = typed[: mark.start()], typed[mark.end() :]
        if _PHRASE.search(first) and _PHRASE.search(second):
            yield first, second
    for word in _CONJUNCTION.finditer(text):
        first, second = text[: word.start()], text[word.end() :]
        if _PHRASE.search(first) and _PHRASE.search(second) and kinds_asked(first) and kinds_asked(second):
            yield first, second


def shared(question: str, names: Iterable[str]) -> tuple[str, str] | None:
    """Return what is asked of each of two names that a question joins ("when did A and B begin"), or None."""
    text = normalise(question)
    for one, other in itertools.permutations(names, 2):
        joined = re.search(rf"\b{re.escape(one)}\b{_BETWEEN_NAMES}\b{re.escape(other)}\b", text)
        if joined:
            before, after = text[: joined.start()], text[joined.end() :]
            return before + one + after, before + other + after
    return None
