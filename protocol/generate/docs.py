"""protocol/gen/docs: the protocol as people read it: protocol.md, errors.md, limits.md."""

from pathlib import Path

from text import NOTICE, table

TEMPLATES = Path(__file__).resolve().parent / "templates"
RETRY_ADVICE = {
    "never": "Do not repeat it: the same message fails the same way. Show the reason.",
    "now": "Send it again at once, a command with the same command id.",
    "later": "Send it again after the `retry_after_ms` that the error itself holds (the table shows the usual one), "
    "doubling on repeats, a command with the same command id. Sent earlier, it is refused again and counts against the "
    "limits.",
    "sign_in": "Get a fresh token, `sign_in` (or `refresh`), then send it again.",
}
CLOSE_ADVICE = {
    "at_once": "Connect again at once (then with back-off), sign in, `follow` from the last marks.",
    "later": "Connect again after `retry_after_ms` (doubling, with jitter), sign in, `follow` from the last marks.",
    "sign_in": "Ask the player or Keycloak for a fresh token before connecting again.",
    "never": "Do not connect again by itself: the client has a fault. Report it.",
}
ERROR_KINDS = {
    "protocol": "the message is wrong",
    "rejection": "the domain says no; nothing changed",
    "failure": "the world let us down",
}


def generate(schema):
    yield "gen/docs/protocol.md", protocol(schema)
    yield "gen/docs/errors.md", errors(schema)
    yield "gen/docs/limits.md", limits(schema)


def page(title, *parts):
    return "\n\n".join((f"# {title}", f"<!-- {NOTICE} -->", *(part.strip("\n") for part in parts))) + "\n"


def protocol(schema):
    intro = (TEMPLATES / "protocol.md").read_text(encoding="utf-8").replace("{version}", str(schema.version))
    messages = schema.messages.values()
    return page(
        "Protocol",
        intro,
        "## Messages of the socket",
        *(message_section(schema, message) for message in messages),
        "## Commands\n\nA command's `meta` holds its `command_id`. Repeated with the same id and content it has one effect "
        "and the same reply. Besides its own rejections any command can be answered with the errors of kind protocol "
        "and failure in [errors.md](errors.md).",
        table(
            ["type", "command", "roles", "what it does"],
            [
                [c.number, f"[`{c.name}`](#{c.name})", ", ".join(c.roles), c.doc]
                for c in schema.commands.values()
            ],
        ),
        *(command_section(schema, command) for command in schema.commands.values()),
        queries_section(schema),
        "## Views\n\nA row is the array `[position, deleted, fields...]`: the position of the event that last touched it, "
        "whether it is a tombstone (then only the key counts), and the fields in this order. Apply by key; the newest "
        "position wins.",
        *(view_section(schema, view) for view in schema.views.values()),
        "## Events\n\nWhat the event store holds, and what replies to commands show.",
        *(event_section(schema, event) for event in schema.events.values()),
        "## Shared types",
        *(
            f"### {struct.name}\n\n{struct.doc}\n\n{fields(schema, struct)}"
            for struct in schema.structs.values()
        ),
        *(enum_section(enum) for enum in schema.enums.values()),
    )


def message_section(schema, message):
    direction = "push: server to client" if message.push else "request: client to server"
    notes = [direction]
    notes += ["allowed before sign-in"] if message.signed_out else []
    notes += ["carries a command id"] if message.command else []
    text = f"### {message.name}\n\nType {message.number}, {', '.join(notes)}. {message.doc}\n\n"
    text += fields(schema, message.payload)
    if message.reply:
        text += f"\n\nReply:\n\n{fields(schema, message.reply)}"
    if message.rejections:
        text += f"\n\nRefused with: {error_links(message.rejections)}."
    return text


def command_section(schema, command):
    text = f"### {command.name}\n\nType {command.number}, for {', '.join(command.roles)}. {command.doc}\n\n"
    text += fields(schema, command.payload)
    streams = ", ".join(f"{kind} ({key})" if key else kind for kind, key in command.streams)
    text += f"\n\nDecides on: {streams}. Writes: {event_links(command.events)}. "
    text += f"Reply: the payload of {event_links([command.reply])}."
    if command.id_from:
        text += f" Its command id is derived from `{command.id_from}`: no `command_id` is needed."
    if command.rejections:
        text += f"\n\nRejections: {error_links(command.rejections)}."
    return text


def queries_section(schema):
    rows = [
        [view.query_number, f"`{view.query}`", f"[{view.name}](#view-{view.name})", view.audience]
        for view in schema.views.values()
    ]
    signed_out = ", ".join(schema.signed_out_audiences) or "none"
    return (
        "## Queries\n\nOne per view, paged by key; all take and answer the same. `at_least` in the meta makes one wait "
        f"(bounded) until the views hold that position. Allowed before sign-in: views of audience {signed_out}.\n\n"
        + table(["type", "query", "view", "audience"], rows)
        + f"\n\nPayload:\n\n{fields(schema, schema.query_payload)}\n\nReply:\n\n{fields(schema, schema.query_reply)}"
    )


def view_section(schema, view):
    kept = "replicated to clients that follow" if view.push else "queried only"
    return (
        f"### View {view.name}\n\nNumber {view.number}, audience {view.audience}, {kept}; key: "
        f"{', '.join(f'`{key}`' for key in view.key)}; table `{view.table}`, projection `{view.projection}`. {view.doc}\n\n"
        + fields(schema, view.payload)
    )


def event_section(schema, event):
    return (
        f"### Event {event.name}\n\nNumber {event.number}, version {event.version}, in {event.stream} streams. "
        f"{event.doc}\n\n{fields(schema, event.payload)}"
    )


def enum_section(enum):
    return f"### {enum.name}\n\n{enum.doc}\n\n" + table(
        ["value", "name"], [[v, f"`{n}`"] for n, v in enum.values.items()]
    )


def fields(schema, struct):
    if not struct.fields:
        return "No fields."
    rows = [[i, f"`{f.name}`", type_text(f), notes(f), f.doc] for i, f in enumerate(struct.fields)]
    return table(["#", "field", "type", "", "meaning"], rows)


def type_text(field):
    if field.type == "list":
        return f"list of {linked(field.of, field.of_name)}"
    return linked(field.type, field.type_name)


def linked(kind, name):
    return f"[{name}](#{name})" if kind in ("enum", "struct") else kind


def notes(field):
    found = []
    if field.max:
        unit = "entries" if field.type == "list" else "bytes"
        found.append(f"{field.min} to {field.max} {unit}")
    if field.optional:
        found.append("may be nil")
    if field.has_default:
        found.append(f"default {field.default}" if field.default not in (None, "") else "may be left out")
    found += [mark for mark in ("secret", "personal") if getattr(field, mark)]
    return ", ".join(found)


def error_links(names):
    return ", ".join(f"[`{name}`](errors.md#{name})" for name in names)


def event_links(names):
    return ", ".join(f"[`{name}`](#event-{name})" for name in names)


def errors(schema):
    sent_by = {error: [] for error in schema.errors}
    for entry in (*schema.messages.values(), *schema.commands.values()):
        for name in entry.rejections:
            sent_by[name].append(f"`{entry.name}`")
    rows = []
    for error in schema.errors.values():
        after = f" ({error.retry_after_ms} ms)" if error.retry_after_ms else ""
        anchor = f'<a id="{error.name}"></a>`{error.name}`'
        rows.append(
            [
                error.number,
                anchor,
                error.kind,
                f"{error.retry}{after}",
                error.doc,
                ", ".join(sent_by[error.name]),
            ]
        )
    closes = [
        [c.code, f"`{c.name}`", f"{c.advice}{f' ({c.retry_after_ms} ms)' if c.retry_after_ms else ''}", c.doc]
        for c in schema.closes.values()
    ]
    return page(
        "Errors and close codes",
        "An error answers the request whose id it carries; id 0 means that the message had none that could be read. The "
        "socket stays open. `name` is for programs, `detail` for people; its wording may change.",
        "## What a client does",
        table(
            ["retry", "what a client does"],
            [[f"`{name}`", RETRY_ADVICE.get(name, "")] for name in schema.enums["retry"].values],
        ),
        "## Errors\n\nKinds: " + "; ".join(f"*{kind}*: {text}" for kind, text in ERROR_KINDS.items()) + ".",
        table(["number", "name", "kind", "retry", "meaning", "named by"], rows),
        "## Close codes\n\nBefore it closes a socket of its own will, the server sends `closing` with the code and the advice.",
        table(["code", "name", "advice", "meaning"], closes),
        table(
            ["advice", "what a client does"],
            [[f"`{n}`", CLOSE_ADVICE.get(n, "")] for n in schema.enums["close_advice"].values],
        ),
    )


def limits(schema):
    rows = [[f"`{limit.name}`", limit.value, limit.unit, limit.doc] for limit in schema.limits]
    bounded = [
        [f"`{struct.name}.{field.name}`", type_text(field).split(" of ")[0], field.min, field.max]
        for struct in schema.all_structs()
        for field in struct.fields
        if field.max and struct.name.startswith(("message_", "command_", "query_"))
    ]
    return page(
        "Limits",
        f"Protocol version {schema.version}; the oldest client served speaks version {schema.oldest_client}. `hello` tells "
        "a client the limits that concern it.",
        table(["limit", "value", "unit", "meaning"], rows),
        "## Sizes of fields\n\nOf what clients send: texts and bytes in bytes, lists in entries. Outside of it: "
        "`field_out_of_range`.",
        table(["field", "type", "least", "most"], bounded),
    )
