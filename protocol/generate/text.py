"""Small helpers with which the targets write text."""

import textwrap

NOTICE = "Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again."


def comment(text, indent="", width=110):
    """A C comment that stands before what it describes."""
    room = width - len(indent) - 6
    lines = textwrap.wrap(text, room) or [""]
    if len(lines) == 1:
        return f"{indent}/* {lines[0]} */"
    body = f"\n{indent} * ".join(lines)
    return f"{indent}/* {body} */"


def c_string(text):
    """A C string literal; several lines become several literals."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return "\n".join(f'"{line}"' for line in escaped.replace("\n", "\\n\n").splitlines()) or '""'


def sql_string(text):
    return "'" + text.replace("'", "''") + "'"


def table(header, rows):
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )
