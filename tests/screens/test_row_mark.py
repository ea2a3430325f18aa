"""What of a row is drawn as being under the cursor."""

import pytest

from screens.rows import first_column


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("> [x] eth0  up    1000 00:50:da:7a:51:45", "> [x] eth0"),
        ("> [ ] eth2  DOWN     - 00:14:22:36:f1:fb", "> [ ] eth2"),
        ("> (*) active-backup  one slave carries", "> (*) active-backup"),
        (">  -  wlan0 up       - 34:02:86:11:22:33", ">  -  wlan0 up"),
        ("> M /etc/network/interfaces +18 -2      ", "> M /etc/network/interfaces +18 -2"),
        ("> Set up            a bond under a bridge", "> Set up"),
        ("> bond0", "> bond0"),
        ("> ", "> "),
        ("", ""),
    ],
)
def test_it_is_the_first_column(line: str, marked: str) -> None:
    assert line[: first_column(line)] == marked
