"""protocol/typescript/src/gen: types.ts, schema.ts and api.ts of the TypeScript client.

`types.ts` has what a person reads: an interface for every struct, a union for every enum, and which payload belongs to
which request. `schema.ts` has the same as tables, for the one codec that serves every type (src/codec.ts). `api.ts` has
a method for each command and query. Names of fields are in camelCase there; enum values, errors and requests keep the
schema's own words. u64 and i64 are bigint, uuid and slug and text are strings, a time is milliseconds since 1970.
"""

from text import NOTICE

SCALARS = {
    "bool": "boolean",
    "u8": "number",
    "u16": "number",
    "u32": "number",
    "u64": "bigint",
    "i64": "bigint",
    "time": "number",
    "uuid": "string",
    "hash": "Uint8Array",
    "slug": "string",
    "text": "string",
    "bytes": "Uint8Array",
    "raw": "Uint8Array",
}
POSITIONAL_MAX = 3  # a method with more required fields takes them by name
FOLDER = "typescript/src/gen"


def generate(schema):
    yield f"{FOLDER}/types.ts", types(schema)
    yield f"{FOLDER}/schema.ts", tables(schema)
    yield f"{FOLDER}/api.ts", api(schema)


# ---------------------------------------------------------------------- names


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def pascal(name):
    return "".join(word.capitalize() for word in name.split("_"))


def type_name(struct):
    """pull -> Pull, event_pack_opened -> PackOpened, row_wallet -> WalletRow, message_tick -> TickMessage, ..."""
    kind, _, rest = struct.name.partition("_")
    forms = {
        "event": "{}",
        "row": "{}Row",
        "message": "{}Message",
        "reply": "{}Reply",
        "command": "{}Command",
        "query": "{}Query",
    }
    if rest and kind in forms and struct.name != "reply_meta":
        return forms[kind].format(pascal(rest))
    return pascal(struct.name)


def value_type(schema, kind, name):
    if kind == "enum":
        return pascal(name)
    if kind == "struct":
        return type_name(schema.struct(name))
    return SCALARS[kind]


def field_type(schema, field):
    if field.type == "list":
        inner = value_type(schema, field.of, field.of_name)
        return f"readonly {inner}[]"
    text = value_type(schema, field.type, field.type_name)
    return f"{text} | null" if field.optional else text


def doc(text, indent=""):
    return f"{indent}/** {text} */\n"


def head(title):
    return f"/* {title}\n *\n * {NOTICE} */\n\n"


# ---------------------------------------------------------------------- types.ts


def types(schema):
    structs = list(schema.all_structs())
    out = [head("types: what the protocol's messages hold, by name.")]
    for enum in schema.enums.values():
        names = " | ".join(f'"{name}"' for name in enum.values)
        out.append(doc(f"{enum.doc} A newer server may send values that are not known here: `unknown`."))
        out.append(f'export type {pascal(enum.name)} = {names} | "unknown";\n\n')
    out.append(doc("Names of errors; a newer server may send others."))
    out.append("export type ErrorName =\n" + union(schema.errors) + ";\n\n")
    out += [interface(schema, struct) for struct in structs]
    by_name = "".join(f"  {struct.name}: {type_name(struct)};\n" for struct in structs)
    out.append(doc("Every struct by the schema's name."))
    out.append(f"export interface Structs {{\n{by_name}}}\n\n")
    out.append(request_types(schema))
    rows = "".join(f"  {view.name}: {type_name(view.payload)};\n" for view in schema.views.values())
    out.append(doc("The row of each view.") + f"export interface Rows {{\n{rows}}}\n")
    return "".join(out)


def union(names):
    return "\n".join(f'  | "{name}"' for name in names)


def interface(schema, struct):
    fields = "".join(
        doc(field.doc, "  ") + f"  readonly {camel(field.name)}: {field_type(schema, field)};\n"
        for field in struct.fields
    )
    body = f"{{\n{fields}}}" if fields else "{}"
    return doc(struct.doc) + f"export interface {type_name(struct)} {body}\n\n"


def request_types(schema):
    """What a request takes (fields with a default may be left out) and how it is answered."""
    requests, replies = "", ""
    for message in schema.messages.values():
        if not message.push:
            requests += f"  {message.name}: {given(message.payload)};\n"
            replies += f"  {message.name}: {type_name(message.reply)};\n"
    for command in public_commands(schema):
        requests += f"  {command.name}: {given(command.payload)};\n"
        replies += f"  {command.name}: {type_name(schema.events[command.reply].payload)};\n"
    for view in schema.views.values():
        requests += f"  {view.query}: {given(schema.query_payload)};\n"
        replies += f"  {view.query}: {type_name(schema.query_reply)};\n"
    pushes = "".join(f"  {m.name}: {type_name(m.payload)};\n" for m in schema.messages.values() if m.push)
    names = "".join(f'  | "{command.name}"\n' for command in public_commands(schema))
    return (
        doc("T, whose fields K may be left out.")
        + "export type Given<T, K extends keyof T = never> = Omit<T, K> & Partial<Pick<T, K>>;\n\n"
        + doc("What each request takes.")
        + f"export interface Requests {{\n{requests}}}\n\n"
        + doc("What answers it.")
        + f"export interface Replies {{\n{replies}}}\n\n"
        + doc("What the server sends unasked.")
        + f"export interface Pushes {{\n{pushes}}}\n\n"
        + f"export type CommandName =\n{names.rstrip()};\n\n"
    )


def given(struct):
    left_out = [field.name for field in struct.fields if field.has_default or field.optional]
    if not left_out:
        return type_name(struct)
    keys = " | ".join(f'"{camel(name)}"' for name in left_out)
    return f"Given<{type_name(struct)}, {keys}>"


def public_commands(schema):
    return [command for command in schema.commands.values() if command.roles != ["internal"]]


# ---------------------------------------------------------------------- schema.ts


def tables(schema):
    views, messages = schema.views.values(), schema.messages.values()
    commands = public_commands(schema)
    out = [
        head("schema: the protocol as tables, for one codec that serves every type."),
        'import type { Field } from "../codec.js";\n\n',
        f"export const PROTOCOL_VERSION = {schema.version};\n\n",
        record("LIMITS", [(camel(limit.name), limit.value) for limit in schema.limits], "number"),
        "/** Enum -> value's name -> number. */\n",
        record("ENUMS", [(e.name, inline(e.values)) for e in schema.enums.values()], "Record<string, number>"),
        "/** Request -> its number, the structs of its payload and its reply, and what else its sender must know. */\n",
        "export interface RequestEntry {\n  number: number;\n  payload: string;\n  reply: string;\n"
        "  /** It carries a command id, made by the client. */\n  command?: true;\n"
        "  /** It answers rows of this view. */\n  view?: string;\n}\n",
        record("REQUESTS", request_rows(schema, messages, commands, views), "RequestEntry"),
        "/** Push -> its number and struct. */\n",
        record(
            "PUSHES",
            [(m.name, f'{{ number: {m.number}, payload: "{m.payload.name}" }}') for m in messages if m.push],
            "{ number: number; payload: string }",
        ),
        "/** View -> its number, its struct, the audience, the fields that are its key, and whether it is replicated. */\n",
        "export interface ViewEntry {\n  number: number;\n  struct: string;\n  audience: string;\n"
        "  key: readonly string[];\n  pushed: boolean;\n}\n",
        record("VIEWS", [(view.name, view_row(view)) for view in views], "ViewEntry"),
        "/** Error -> its number and whether sending it again can help. */\n",
        record(
            "ERRORS",
            [(e.name, f'{{ number: {e.number}, retry: "{e.retry}" }}') for e in schema.errors.values()],
            "{ number: number; retry: string }",
        ),
        "/** Close code -> its name and what a client does. */\n",
        "export interface CloseEntry {\n  name: string;\n  advice: string;\n  retryAfterMs: number;\n}\n",
        record("CLOSES", [(c.code, close_row(c)) for c in schema.closes.values()], "CloseEntry", "number"),
        "/** Struct -> its fields, in the order of the wire. */\n",
        record("STRUCTS", [(s.name, struct_row(s)) for s in schema.all_structs()], "readonly Field[]"),
    ]
    return "".join(out).rstrip("\n") + "\n"


def record(name, entries, value, key="string"):
    lines = "".join(f"  {k}: {v},\n" for k, v in entries)
    return f"export const {name}: Readonly<Record<{key}, {value}>> = {{\n{lines}}};\n\n"


def inline(values):
    return "{ " + ", ".join(f"{name}: {number}" for name, number in values.items()) + " }"


def request_rows(schema, messages, commands, views):
    for message in messages:
        if not message.push:
            command = ", command: true" if message.command else ""
            yield message.name, request_row(message.number, message.payload, message.reply, command)
    for command in commands:
        reply = schema.events[command.reply].payload
        carries = "" if command.id_from else ", command: true"
        yield command.name, request_row(command.number, command.payload, reply, carries)
    for view in views:
        more = f', view: "{view.name}"'
        yield view.query, request_row(view.query_number, schema.query_payload, schema.query_reply, more)


def request_row(number, payload, reply, more):
    return f'{{ number: {number}, payload: "{payload.name}", reply: "{reply.name}"{more} }}'


def view_row(view):
    key = ", ".join(f'"{camel(name)}"' for name in view.key)
    pushed = "true" if view.push else "false"
    return (
        f'{{ number: {view.number}, struct: "{view.payload.name}", audience: "{view.audience}", '
        f"key: [{key}], pushed: {pushed} }}"
    )


def close_row(close):
    return f'{{ name: "{close.name}", advice: "{close.advice}", retryAfterMs: {close.retry_after_ms} }}'


def struct_row(struct):
    if not struct.fields:
        return "[]"
    return "[\n" + "".join(f"    {{ {field_row(field)} }},\n" for field in struct.fields) + "  ]"


def field_row(field):
    parts = [f'name: "{camel(field.name)}"', f'kind: "{field.type}"']
    for key, value in (("type", field.type_name or field.of_name), ("of", field.of)):
        if value:
            parts.append(f'{key}: "{value}"')
    for key, value in (("min", field.min), ("max", field.max)):
        if value:
            parts.append(f"{key}: {value}")
    if field.optional:
        parts.append("optional: true")
    if field.has_default:
        parts.append(f"absent: {absent(field)}")
    return ", ".join(parts)


def absent(field):
    """What an absent trailing field reads as."""
    if field.optional:
        return "null"
    zeros = {"bool": "false", "u64": "0n", "i64": "0n", "text": '""', "bytes": "new Uint8Array(0)", "list": "[]"}
    if field.default in (None, "", [], 0, False):
        return zeros.get(field.type, "0")
    if field.type in ("u64", "i64"):
        return f"{field.default}n"
    return {True: "true"}.get(field.default, f'"{field.default}"' if field.type == "enum" else str(field.default))


# ---------------------------------------------------------------------- api.ts


def api(schema):
    commands, views = public_commands(schema), schema.views.values()
    out = [
        head("api: a method for each command and each query; client.ts does the sending."),
        'import type { CommandOptions, Page, QueryOptions, Stored } from "../options.js";\n',
        'import type * as types from "./types.js";\n\n',
        "export abstract class Api {\n",
        "  abstract command<K extends types.CommandName>(\n    name: K,\n    payload: types.Requests[K],\n"
        "    options?: CommandOptions,\n  ): Promise<Stored<types.Replies[K]>>;\n\n",
        "  abstract query<K extends keyof types.Rows>(view: K, options?: QueryOptions): Promise<Page<types.Rows[K]>>;\n",
    ]
    out += [command_method(schema, command) for command in commands]
    for view in views:
        out.append("\n" + doc(f"Rows of the view {view.name}, page by page: {lower_first(view.doc)}", "  "))
        row = f"types.{type_name(view.payload)}"
        out.append(
            f"  {camel(view.query)}(options?: QueryOptions): Promise<Page<{row}>> {{\n"
            f'    return this.query("{view.name}", options);\n  }}\n'
        )
    return "".join([*out, "}\n"])


def lower_first(text):
    return text[0].lower() + text[1:]


def command_method(schema, command):
    required = [f for f in command.payload.fields if not (f.has_default or f.optional)]
    left_out = [f for f in command.payload.fields if f.has_default or f.optional]
    reply = f"types.{type_name(schema.events[command.reply].payload)}"
    options = "CommandOptions"
    if left_out:
        keys = " | ".join(f'"{camel(f.name)}"' for f in left_out)
        options += f" & Partial<Pick<types.{type_name(command.payload)}, {keys}>>"
    names = ", ".join(camel(f.name) for f in required)
    if len(required) <= POSITIONAL_MAX:
        arguments = [f"{camel(f.name)}: {qualified(schema, f)}" for f in required]
        fields = names
    else:
        picked = " | ".join(f'"{camel(f.name)}"' for f in required)
        arguments, fields = [f"given: Pick<types.{type_name(command.payload)}, {picked}>"], "...given"
    fields += "".join(f", {camel(f.name)}: options.{camel(f.name)}" for f in left_out)
    payload = "{ " + fields.lstrip(", ") + " }" if fields else "{}"
    lines = [f"{command.doc} For: {', '.join(command.roles)}."]
    if command.rejections:
        lines.append(f"Rejections: {', '.join(command.rejections)}.")
    arguments.append(f"options: {options} = {{}}")
    return (
        "\n  /** " + "\n   *  ".join(lines) + " */\n"
        f"  {camel(command.name)}(\n    " + ",\n    ".join(arguments) + f",\n  ): Promise<Stored<{reply}>> {{\n"
        f'    return this.command("{command.name}", {payload}, options);\n  }}\n'
    )


def qualified(schema, field):
    text = field_type(schema, field)
    name = pascal(field.of_name or field.type_name) if (field.of_name or field.type_name) else ""
    return text.replace(name, f"types.{name}") if name else text
