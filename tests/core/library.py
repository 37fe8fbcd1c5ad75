"""A small knowledge that has nothing to do with the working group: a village library."""

from bot.core.knowledge import Entry, Knowledge, SmallTalk

OPENED = Entry(
    id="opened-when",
    question_km="តើបណ្ណាល័យបើកនៅពេលណា?",
    question_en="When was the library opened?",
    answer_km="បណ្ណាល័យបើកនៅឆ្នាំ១៩៩៨។",
    answer_en="The library opened in 1998.",
    asked=("when",),
    asks=(
        "បណ្ណាល័យបង្កើតឆ្នាំណា",
        "បណ្ណាល័យមានតាំងពីអង្កាល់",
        "ថ្ងៃបើកបណ្ណាល័យ",
        "when did the library start",
        "library opening year",
    ),
    source="",
    related=("books",),
)
BOOKS = Entry(
    id="books",
    question_km="តើបណ្ណាល័យមានសៀវភៅប៉ុន្មាន?",
    question_en="How many books are there?",
    answer_km="មានសៀវភៅពីរពាន់ក្បាល។",
    answer_en="There are two thousand books.",
    asked=("how-many",),
    asks=(
        "ចំនួនសៀវភៅ",
        "សៀវភៅប៉ុន្មានក្បាល",
        "មានសៀវភៅច្រើនប៉ុន្មាន",
        "number of books",
        "how many books does the library have",
    ),
    source="",
)
BORROW = Entry(
    id="borrow",
    question_km="តើខ្ចីសៀវភៅដោយរបៀបណា?",
    question_en="How do I borrow a book?",
    answer_km="សូមយកអត្តសញ្ញាណប័ណ្ណមក។",
    answer_en="Please bring your identity card.",
    asked=("how",),
    asks=(
        "ខ្ចីសៀវភៅម៉េច",
        "ចង់ខ្ចីសៀវភៅធ្វើយ៉ាងម៉េច",
        "borrowing books",
        "how to borrow",
        "kchey siev phov mech",
    ),
    source="",
)
HELLO = SmallTalk(
    id="hello",
    answer_km="ជម្រាបសួរ",
    answer_en="Hello",
    asks=("សួស្តី", "hello", "hi", "ជម្រាបសួរ", "hello library", "សួស្តីបង"),
)
LIBRARY = Knowledge(
    entries=(OPENED, BOOKS, BORROW),
    small_talk=(HELLO,),
    unanswerable=("តើថ្ងៃស្អែកមានភ្លៀងទេ?", "what is the price of rice", "តម្លៃសាំងថ្ងៃនេះ", "អ្នកណាជាប្រធានបណ្ណាល័យ"),
)
