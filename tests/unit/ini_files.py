"""Files of sections as people write them, for hypothesis."""

from hypothesis import strategies as st

from xenbond_tui.files.ini_lines import KEYFILE, SYSTEMD, Dialect

dialects = st.sampled_from([SYSTEMD, KEYFILE])
alphabet = "[]=#;\\\r\n\t aB1"

blank = st.sampled_from(["", "", " ", "\t", "  "])
line_end = st.sampled_from(["\n", "\n", "\r\n"])
word = st.sampled_from(
    ["eth0", "192.168.0.222/24", "yes", "a b", "C:\\\\d", "x=y", "", "[z]", "#1"]
)
key = st.sampled_from(["Name", "Address", "Gateway", "DNS", "MTUBytes"])
name = st.sampled_from(["Match", "Network", "Route", "Address", "DHCPv4"])


@st.composite
def files(draw: st.DrawFn, dialect: Dialect) -> str:
    """A file as people write it: comments, odd blanks, continuations, CRLF, no last line end."""
    text = ""
    for _ in range(draw(st.integers(0, 12))):
        end = draw(line_end)
        indent, before, after = draw(blank), draw(blank), draw(blank)
        kind = draw(st.sampled_from(["header", "key", "key", "key", "comment", "blank", "long"]))
        if kind == "header" or not text:
            text += f"{indent}[{draw(name)}]{after}{end}"
        elif kind == "comment":
            text += f"{indent}{draw(st.sampled_from(dialect.comments))} {draw(word)}{end}"
        elif kind == "blank":
            text += indent + end
        elif kind == "long" and dialect.continues:
            comment = draw(st.sampled_from(["", f"# between{end}", f"  ;between \\{end}"]))
            text += f"{draw(key)}{before}={after}{draw(word)} \\{end}{comment}{indent}more{end}"
        else:
            text += f"{indent}{draw(key)}{before}={after}{draw(word)}{end}"
    return text if draw(st.booleans()) else text.rstrip("\r\n")
