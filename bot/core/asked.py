"""What a question asks for: a time, a person, a number… by its question words, Khmer and English."""

import re

from bot.core.khmer import normalise
from bot.core.knowledge import Asked

# Formal and colloquial question words, normalised, the more particular kinds first: what one kind has
# matched is taken away before the next is tried, so that "how many times" is not also "how many".
_PATTERNS: tuple[tuple[Asked, str, str], ...] = (
    (
        "how-often",
        "ប៉ុន្មាន ?ដង|ញឹកញាប់|ញយ",
        "how often|how many times|how frequently|how regularly",
    ),
    (
        "when",
        "(?:ពេល|កាល|ថ្ងៃ|ខែ|ឆ្នាំ|ម៉ោង) ?(?:ណា|អី|អ្វី|ទី ?ប៉ុន្មាន|ប៉ុន្មាន)|អង្កាល់|ថ្ងៃខែ|កាលបរិច្ឆេទ",
        "when|what (?:year|date|day|month|time)|which (?:year|date|day|month)|how long ago",
    ),
    (
        "how-much",
        "(?:តម្លៃ|ថ្លៃ|លុយ|ប្រាក់|ថវិកា|អស់|ចំណាយ|បង់) ?(?:អស់ ?)?ប៉ុន្មាន|ប៉ុន្មាន ?(?:ដុល្លារ|រៀល)",
        "how much|cost|costs|price|fee|fees",
    ),
    ("how-many", "ប៉ុន្មាន|ចំនួន", "how many|number of"),
    (
        "where",
        "(?:នៅ|ឯ|ទី|ត្រង់|កន្លែង|ខាង)+ ?ណា(?! ?(?:មួយ|ខ្លះ))|ទីតាំង|អាសយដ្ឋាន",
        "where|address|location",
    ),
    ("who", "នរណា|អ្នក ?ណា|ណាគេ|លោកណា", "who|whom|whose"),
    ("why", "ហេតុ ?(?:អ្វី|អី|ម៉េច|ដូចម្តេច)|ម៉េច ?បាន|មូលហេតុ", "why|what for"),
    ("how", "ដូចម្តេច|យ៉ាង ?(?:ណា|ម៉េច)|ម៉េច|(?:របៀប|វិធី) ?ណា|របៀប", "how(?! (?:old|big|far|tall|long))"),
    ("which", "ណា ?ខ្លះ|មួយ ?ណា|(?:អង្គការ|ក្រុម|ប្រទេស|ភាសា|ខេត្ត|ស្ថាប័ន) ?ណា", "which"),
    ("what", "អ្វី|ស្អី|អី", "what|what's|whats"),
    (
        "yes-no",
        r"(?:ទេ|អត់|ឬនៅ)(?=\W*$)",
        r"(?<!.)(?:is|are|was|were|do|does|did|can|could|may|has|have|will)",
    ),
)
_KINDS = tuple((kind, re.compile(rf"{khmer}|\b(?:{english})\b")) for kind, khmer, english in _PATTERNS)


def kinds_asked(question: str) -> frozenset[Asked]:
    """Return what a question asks for; empty for keywords and for what it does not understand."""
    text = normalise(question)
    kinds: set[Asked] = set()
    for kind, pattern in _KINDS:
        text, times = pattern.subn(" ", text)
        if times:
            kinds.add(kind)
    return frozenset(kinds)
