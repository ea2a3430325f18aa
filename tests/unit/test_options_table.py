"""The table of options and stacks in assets/ says what the code says."""

from tests.options_table import TABLE, table
from xenbond_tui.options.table import OPTIONS
from xenbond_tui.stacks import STACKS


def cells(option: str) -> dict[str, str]:
    """A row by its column heads."""
    lines = [line for line in table().splitlines() if line.startswith("|")]
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    row = next(line for line in split if line[0] == f"`{option}`")
    return dict(zip(split[0], row, strict=True))


def test_it_is_up_to_date() -> None:
    assert TABLE.read_text() == table(), "assets/options.md is older than the code: make docs"


def test_every_option_has_a_row_and_every_stack_a_column() -> None:
    for option in OPTIONS:
        row = cells(option)
        for stack in STACKS:
            said = stack.dialect.spelling(option)
            assert row[stack.name] == (f"`{said}`" if said else "-")


def test_what_a_kernel_has_no_more_is_said() -> None:
    assert cells("use_carrier")["kernel"].startswith("until 6.17")
    assert cells("arp_missed_max")["kernel"] == "from 5.17"
