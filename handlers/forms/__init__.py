"""Forms on the phone: how they ask, and what answers and buttons do to them."""

from handlers.forms.asking import FormKind, cancel_button, change_buttons, review_rows, said
from handlers.forms.driver import PRESS, FormDriver, begin, doing, save_and_ask

__all__ = [
    "PRESS",
    "FormDriver",
    "FormKind",
    "begin",
    "cancel_button",
    "change_buttons",
    "doing",
    "review_rows",
    "said",
    "save_and_ask",
]
