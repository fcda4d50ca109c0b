"""protocol/gen/docs/reference.html: the protocol in one page that a browser opens by itself.

No script from elsewhere, no style from elsewhere, nothing fetched. On the left everything by name, with a box that
filters it; on the right each message, command, query, view, event, type and error with its fields, linked to each other.
"""

import html

from text import NOTICE

STYLE = """
:root { color-scheme: light dark; --line: light-dark(#ddd, #3a3a42); --dim: light-dark(#555, #aaa);
  --link: light-dark(#1c4fb0, #8ab4ff); --back: light-dark(#fff, #17171c); --side: light-dark(#f5f5f7, #1f1f26); }
* { box-sizing: border-box; } body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: var(--back); }
a { color: var(--link); text-decoration: none; } a:hover, a:focus { text-decoration: underline; }
nav { position: fixed; inset: 0 auto 0 0; width: 17rem; overflow: auto; padding: 1rem; background: var(--side); }
nav h2 { font-size: .85rem; margin: 1rem 0 .2rem; color: var(--dim); } nav ul { list-style: none; margin: 0; padding: 0; }
nav input { width: 100%; padding: .4rem; font: inherit; } main { margin-left: 17rem; padding: 1rem 2rem; max-width: 70rem; }
section { border-top: 1px solid var(--line); padding: .5rem 0; } h3 { margin: .5rem 0; } h3 small { color: var(--dim); font-weight: 400; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
code { font: .92em ui-monospace, monospace; } .dim { color: var(--dim); }
@media (max-width: 50rem) { nav { position: static; width: auto; max-height: 40vh; } main { margin: 0; padding: 1rem; } }
"""
SCRIPT = """
const box = document.querySelector("nav input");
box.addEventListener("input", () => {
  for (const item of document.querySelectorAll("nav li")) item.hidden = !item.textContent.includes(box.value.trim().toLowerCase());
});
"""


def generate(schema):
    yield "gen/docs/reference.html", page(schema)


def page(schema):
    groups = list(sections(schema))
    links = "".join(
        f"<h2>{title}</h2><ul>{''.join(f'<li>{link(anchor, name)}</li>' for anchor, name, _ in entries)}</ul>\n"
        for title, entries in groups
    )
    body = "".join(
        f"<h2>{title}</h2>\n{''.join(text for _, _, text in entries)}" for title, entries in groups
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<!-- {NOTICE} -->\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n<title>Gachapon: the protocol</title>\n'
        f"<style>{STYLE}</style>\n<nav aria-label=\"Everything by name\">\n"
        f'<input type="search" aria-label="Filter by name" placeholder="filter">\n{links}</nav>\n<main>\n'
        f"<h1>Gachapon: the protocol</h1>\n<p>Version {schema.version}. Binary WebSocket frames of msgpack; a message is the "
        "array <code>[id, type, payload, meta]</code>, a payload the array of its fields in the order given here. Readers "
        f"skip elements they do not know.</p>\n{body}</main>\n<script>{SCRIPT}</script>\n</html>\n"
    )


def sections(schema):
    """(title, [(anchor, name, html)])"""
    messages = schema.messages.values()
    yield "Messages", [entry(m.name, m.name, about_message(m), message_body(schema, m)) for m in messages]
    yield "Commands", [
        entry(c.name, c.name, f"type {c.number}, for {', '.join(c.roles)}", command_body(schema, c))
        for c in schema.commands.values()
    ]
    yield "Views and their queries", [
        entry(f"view-{v.name}", v.name, about_view(v), paragraph(v.doc) + fields(schema, v.payload))
        for v in schema.views.values()
    ]
    yield "Events", [
        entry(f"event-{e.name}", e.name, f"number {e.number}, version {e.version}", paragraph(e.doc) + fields(schema, e.payload))
        for e in schema.events.values()
    ]
    shared = [schema.query_payload, schema.query_reply, *schema.structs.values()]
    yield "Types", [
        *(entry(s.name, s.name, "array", paragraph(s.doc) + fields(schema, s)) for s in shared),
        *(entry(e.name, e.name, "enum", paragraph(e.doc) + table(("value", "name"), [
            (str(number), code(name)) for name, number in e.values.items()])) for e in schema.enums.values()),
    ]
    yield "Errors", [
        entry(f"error-{e.name}", e.name, f"number {e.number}, {e.kind}, retry {e.retry}", paragraph(e.doc))
        for e in schema.errors.values()
    ]
    yield "Close codes", [
        entry(f"close-{c.name}", c.name, f"{c.code}, {c.advice}", paragraph(c.doc)) for c in schema.closes.values()
    ]
    yield "Limits", [
        entry(f"limit-{limit.name}", limit.name, f"{limit.value} {limit.unit}", paragraph(limit.doc)) for limit in schema.limits
    ]


def entry(anchor, name, about, body):
    text = f'<section id="{anchor}"><h3>{code(name)} <small>{html.escape(about)}</small></h3>\n{body}</section>\n'
    return anchor, name, text


def about_message(message):
    direction = "push: server to client" if message.push else "request: client to server"
    return f"type {message.number}, {direction}" + (", before sign-in" if message.signed_out else "")


def about_view(view):
    kept = "replicated" if view.push else "queried only"
    return f"view {view.number}, {view.audience}, {kept}; query {view.query} {view.query_number}; key {', '.join(view.key)}"


def message_body(schema, message):
    text = paragraph(message.doc) + fields(schema, message.payload)
    if message.reply:
        text += "<p>Reply:</p>\n" + fields(schema, message.reply)
    return text + rejections(message.rejections)


def command_body(schema, command):
    events = ", ".join(link(f"event-{name}", name) for name in command.events)
    reply = link(f"event-{command.reply}", command.reply)
    text = paragraph(command.doc) + fields(schema, command.payload) + f"<p>Writes {events}. Reply: the payload of {reply}.</p>\n"
    return text + rejections(command.rejections)


def rejections(names):
    if not names:
        return ""
    return f"<p>Refused with {', '.join(link(f'error-{name}', name) for name in names)}.</p>\n"


def fields(schema, struct):
    if not struct.fields:
        return '<p class="dim">No fields.</p>\n'
    rows = [(str(i), code(f.name), type_of(f), notes(f), html.escape(f.doc)) for i, f in enumerate(struct.fields)]
    return table(("#", "field", "type", "", "meaning"), rows)


def type_of(field):
    kind, name = (field.of, field.of_name) if field.type == "list" else (field.type, field.type_name)
    text = link(name, name) if kind in ("enum", "struct") else kind
    return f"list of {text}" if field.type == "list" else text


def notes(field):
    found = []
    if field.max:
        found.append(f"{field.min} to {field.max} {'entries' if field.type == 'list' else 'bytes'}")
    found += ["may be nil"] if field.optional else []
    if field.has_default:
        found.append(f"default {field.default}" if field.default not in (None, "") else "may be left out")
    return ", ".join(found + [mark for mark in ("secret", "personal") if getattr(field, mark)])


def table(head, rows):
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>\n{body}</tbody></table></div>\n'


def paragraph(text):
    return f"<p>{html.escape(text)}</p>\n"


def code(text):
    return f"<code>{html.escape(text)}</code>"


def link(anchor, text):
    return f'<a href="#{anchor}">{html.escape(text)}</a>'
