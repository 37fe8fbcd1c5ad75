"""How Khmer is really typed: the tables behind `bot.core.khmer`.

Source: the spellings and keystrokes counted in 20,000 chat questions, and the Unicode Standard, chapter 16.4.
"""

# The nine kinds of code point that make a syllable.
CONSONANTS = "ក-អ"
INDEPENDENT_VOWELS = "ឥ-ឳ"
BASES = CONSONANTS + INDEPENDENT_VOWELS
COENG = "្"
ROBAT = "៌"
SHIFTERS = "៉៊"
VOWELS = "ា-ៅ"
SIGNS = "ំះៈ់៍-៑៝"
MARKS = VOWELS + SHIFTERS + ROBAT + SIGNS

# Letters whose register shifter is MUUSIKATOAN; every other letter takes TRIISAP. Together with a vowel that
# is written above, the two shifters and the vowel SRA U all look alike.
MUUSIKATOAN_LETTERS = "ងញមយរវនល"

# Vowels typed in two strokes, in code point order.
COMPOSED_VOWELS = (
    ("ាេ", "ោ"),
    ("ីេ", "ើ"),
)

# Code points that Unicode discourages, and Khmer digits.
REPLACED_CODE_POINTS = {
    "ឣ": "អ",
    "ឤ": "អា",
    "ឨ": "ឧក",
    "ឲ": "ឱ",
    "៓": "ំ",
    **{khmer: str(value) for value, khmer in enumerate("០១២៣៤៥៦៧៨៩")},
}

# One word, several spellings: what is typed -> what is kept.
# Differences that the order of marks or COENG DA make are not listed: they are gone by then.
VARIANTS = {
    "អោយ": "ឱ្យ",
    "រឺ": "ឬ",
    "សំរាប់": "សម្រាប់",
    "សំរួល": "សម្រួល",
    "សំរេច": "សម្រេច",
    "សំរប": "សម្រប",
    "សំរាក": "សម្រាក",
    "សំលេង": "សម្លេង",
    "សំឡេង": "សម្លេង",
    "សំដែង": "សម្តែង",
    "សំគាល់": "សម្គាល់",
    "សំភារៈ": "សម្ភារៈ",
    "សំភាស": "សម្ភាស",
    "កំរិត": "កម្រិត",
    "កំរៃ": "កម្រៃ",
    "កំលាំង": "កម្លាំង",
    "កំពស់": "កម្ពស់",
    "ទំរង់": "ទម្រង់",
    "ទំលាប់": "ទម្លាប់",
    "តំលៃ": "តម្លៃ",
    "តំរូវ": "តម្រូវ",
    "ចំលើយ": "ចម្លើយ",
    "ចំលង": "ចម្លង",
    "ចំរើន": "ចម្រើន",
    "ជំរាប": "ជម្រាប",
    "ជំរើស": "ជម្រើស",
    "បំរើ": "បម្រើ",
    "ពត៌មាន": "ព័ត៌មាន",
    "ពត៍មាន": "ព័ត៌មាន",
    "ព័ត៍មាន": "ព័ត៌មាន",
    "ពត័មាន": "ព័ត៌មាន",
    "ពត់មាន": "ព័ត៌មាន",
    "ទូរសព្ទ": "ទូរស័ព្ទ",
    "ទូរសព្ត": "ទូរស័ព្ទ",
    "ទូរស័ព្ត": "ទូរស័ព្ទ",
    "ទៀតទាត់": "ទៀងទាត់",
    "ស្នាគមន៍": "ស្វាគមន៍",
    "ស្វាគមន៏": "ស្វាគមន៍",
    "អំណត្តិ": "អាណត្តិ",
}

# How consonants sound to somebody who writes Khmer in Latin letters: what nobody spells alike is one sound.
KHMER_SOUNDS = {
    letter: sound
    for letters, sound in (
        ("កខគឃ", "k"),
        ("ងញណន", "n"),
        ("ចឆជឈ", "c"),
        ("ដឋឌឍតថទធ", "t"),
        ("បផពភ", "p"),
        ("ម", "m"),
        ("យ", "y"),
        ("រឫឬ", "r"),
        ("លឡឭឮ", "l"),
        ("វ", "v"),
        ("សឝឞ", "s"),
        ("ហ", "h"),
    )
    for letter in letters
}
LATIN_SOUNDS = (
    ("ng|nh|gn|n", "n"),
    ("ch+|j|c(?=[eiy])", "c"),
    ("kh|ck|gh|k|g|c|q", "k"),
    ("th|dh|t|d", "t"),
    ("ph|bh|p|b", "p"),
    ("w|v|f", "v"),
    ("sh|z|x|s", "s"),
)

# English words that give the language of a short question away. Left out: what romanised Khmer also spells
# ("me", "mean", "no", "so", "to", "on", "pi").
ENGLISH = """
a about active activities activity address again all also am an and any anyone are as ask at be been
before belong between bot bye call can change commune contact contacting contacts could council
councils date dates define department describe did do document does done during each email english
event events every exist explain facilitate facilitator fax find first for forum founded founder
from fund funded funding get give goal goals good goodbye group groups had happen happened has have
hello help here hey hi his history hotline how i if in information into is it join joined joining
know language last leader learn list location many meet meeting meetings meets member members
membership mission money month more morning much must my name names new next number objective
objectives of office often old one only open or organisation organisations organization
organizations other our participate partner partners people person phone please project purpose
question register result results role say see should since started still telephone tell thank thanks
that the their them there these they thing things this time today tomorrow topic up us use was we
well went were what whats when where which while who whom whose why will with work working workshop
workshops would year years yes yesterday you your
"""
