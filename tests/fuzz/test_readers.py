"""Any text is read whole, or refused in words: never a fault of the program itself."""

import pytest
from hypothesis import given

from tests.fuzz.readers import READERS, SEEDS, hold
from tests.fuzz.texts import near


@pytest.mark.parametrize("reader", READERS)
def test_texts_that_were_faults_once(reader: str) -> None:
    for text in SEEDS[reader]:
        hold(reader, text)


@pytest.mark.parametrize("reader", READERS)
def test_texts_near_real_ones(reader: str) -> None:
    @given(near(reader))
    def held(text: str) -> None:
        hold(reader, text)

    held()
