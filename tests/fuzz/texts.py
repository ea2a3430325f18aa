"""Texts to try: pieces of real files, and anything."""

from hypothesis import strategies as st

from tests.fuzz.readers import SEEDS

MARKS = "\n\r\t =:;#\\\"'`$[]{}()<>&*?|!%-_~,.0a\ufeff\u00b2\x85\u2028"


def near(reader: str) -> st.SearchStrategy[str]:
    """Pieces of real files, cut anywhere, with the formats' own marks in between."""
    spans = st.tuples(st.sampled_from(SEEDS[reader]), st.integers(0, 99), st.integers(0, 40))
    piece = spans.map(lambda span: span[0][span[1] : span[1] + span[2]])
    return st.lists(piece | st.text(MARKS, max_size=6), max_size=12).map("".join)


ANYTHING = st.text(st.characters(codec="utf-8"), max_size=200)
