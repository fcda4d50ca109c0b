"""protocol/unity/Runtime/Core/Generated: the types of the wire in C#, each with its codec.

Only what a client meets: messages, queries, commands that are not internal, the events that answer them, views, shared
types. No reflection and no generics over values, so that IL2CPP compiles what is here ahead of time; the language is what
Mono's mcs takes. Names: `OpenPackCommand`, `PackOpenedEvent`, `WalletRow`, `HelloPush`, `SignInRequest`, `SignInReply`;
shared structs and enums have none of these endings, so that nothing collides.

Optional and zero are the same in memory and nil on the wire, as in C. u8 and u16 are int for the convenience of who writes
games: a value out of range goes out as it is and is refused by name.
"""

from dataclasses import dataclass, field as dataclass_field

from text import NOTICE

FOLDER = "unity/Runtime/Core/Generated"
# What a client tells itself in the same enum: never on the wire.
CLIENT_CODES = {
    "timed_out": (-1, "No answer in time. Whether it took effect is not known: send it again with the same command id."),
    "not_connected": (-2, "The client is closed, or was while this was under way; see its CloseReason."),
    "sign_in_failed": (-3, "No token: the player has to sign in, or Keycloak cannot be reached."),
    "not_sent": (-4, "Too many requests wait already."),
    "address_invalid": (-5, "No server can be there."),
}
SCALARS = {
    "bool": "bool", "u8": "int", "u16": "int", "u32": "uint", "u64": "ulong", "i64": "long", "time": "long",
    "uuid": "Guid", "hash": "byte[]", "bytes": "byte[]", "raw": "byte[]", "slug": "string", "text": "string",
}  # fmt: skip
HIGHEST = {"u8": "255", "u16": "65535", "u32": "uint.MaxValue", "u64": "ulong.MaxValue"}


@dataclass
class Type:
    """A class to be written: a struct of the schema and what it is in C#."""

    name: str
    struct: object
    base: str = ""
    members: list = dataclass_field(default_factory=list)  # lines beside the fields and the codec


def generate(schema):
    """(path, text) of the files with types."""
    yield f"{FOLDER}/Codes.cs", document(codes(schema))
    yield f"{FOLDER}/Enums.cs", document([enum_type(enum.name, enum.doc, enum.values) for enum in schema.enums.values()])
    for name, types in groups(schema).items():
        yield f"{FOLDER}/{name}.cs", document([class_type(schema, entry) for entry in types])


def groups(schema):
    """File name -> the types in it."""
    queries = [Type("ListQueryRequest", schema.query_payload), Type("ListQueryReply", schema.query_reply)]
    return {
        "Structs": [Type(pascal(struct.name), struct) for struct in schema.structs.values()],
        "Messages": [*(entry for message in schema.messages.values() for entry in message_types(message)), *queries],
        "Commands": [command_type(command) for command in public_commands(schema)],
        "Events": [Type(pascal(event.name) + "Event", event.payload, "Reply") for event in reply_events(schema)],
        "Rows": [row_type(schema, view) for view in schema.views.values()],
    }


def all_types(schema):
    return [entry for types in groups(schema).values() for entry in types]


def public_commands(schema):
    return [command for command in schema.commands.values() if command.roles != ["internal"]]


def reply_events(schema):
    names = dict.fromkeys(command.reply for command in public_commands(schema))
    return [schema.events[name] for name in names]


def message_types(message):
    if message.push:
        constant = f"public const int Type = {message.number};"
        return [Type(pascal(message.name) + "Push", message.payload, members=[constant])]
    reply = pascal(message.name) + "Reply"
    base = f"{'Command' if message.command else 'Request'}<{reply}>"
    request = Type(f"{pascal(message.name)}Request", message.payload, base, request_members(message, reply))
    return [request, Type(reply, message.reply, "Reply")]


def command_type(command):
    reply = pascal(command.reply) + "Event"
    return Type(f"{pascal(command.name)}Command", command.payload, f"Command<{reply}>", request_members(command, reply))


def request_members(entry, reply):
    return [
        f"public override int RequestType {{ get {{ return {entry.number}; }} }}",
        f'public override string RequestName {{ get {{ return "{entry.name}"; }} }}',
        f"public override {reply} ReadReply(MsgReader r) {{ return {reply}.Read(r); }}",
    ]


def row_type(schema, view):
    """A row of a view: [position, deleted, fields...]; of a deleted one only the key is there."""
    name, keys, fields = f"{pascal(view.name)}Row", view.key_fields, view.payload.fields
    shown = [field for field in keys if not (view.audience == "own" and field.name == "player")] or keys[:1]
    text = ' + "/" + '.join(pascal(field.name) for field in shown)
    if shown[0].type not in ("slug", "text") and len(shown) == 1:
        text += ".ToString()"
    read_keys = "".join(f" {read_field(schema, field, 'v.')}" for field in keys)
    members = [
        f"public override string Key {{ get {{ return {text}; }} }}",
        "",
        "/// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>",
        f"public static {name} ReadRow(MsgReader r)",
        "{",
        f"    int n = r.BeginStruct({2 + len(keys)});",
        f"    {name} v = new {name} {{ Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() }};",
        f"    if (v.Deleted) {{{read_keys} }}",
        "    else v.ReadFields(r, n - 2);",
        f"    r.EndStruct(n, 2 + (v.Deleted ? {len(keys)} : {len(view.payload.fields)}));",
        "    return v;",
        "}",
        "",
        "public override void WriteRow(MsgWriter w)",
        "{",
        f"    w.Array(2 + (Deleted ? {len(keys)} : {len(fields)}));",
        "    w.Unsigned(Position); w.Bool(Deleted);",
        *(f"    {write_field(field)}" for field in keys),
        *(["    if (Deleted) return;"] if len(fields) > len(keys) else []),
        *(f"    {write_field(field)}" for field in fields[len(keys) :]),
        "}",
    ]
    return Type(name, view.payload, "Row", members)


# ---------------------------------------------------------------------- classes


def class_type(schema, entry):
    struct = entry.struct
    base = f"{entry.base}, IWire" if entry.base in ("Reply", "Row") else entry.base or "IWire"
    overriding = entry.base.startswith(("Request<", "Command<"))
    lines = [*summary(struct.doc), f"public sealed class {entry.name} : {base}", "{"]
    for field in struct.fields:
        lines += [f"    {line}" for line in summary(field.doc)]
        lines.append(f"    public {type_of(field)} {pascal(field.name)}{initial(field)};")
    if struct.fields:
        lines.append("")
    for line in entry.members:
        lines.append(f"    {line}".rstrip())
    if entry.members:
        lines.append("")
    lines += [f"    {line}".rstrip() for line in codec(schema, entry, overriding)]
    return "\n".join([*lines, "}"])


def codec(schema, entry, overriding):
    fields = entry.struct.fields
    writes = [f"    {write_field(field)}" for field in fields]
    required = entry.struct.required_count
    reads = [
        f"    {f'if (n > {i}) ' if i >= required else ''}{read_field(schema, field)}" for i, field in enumerate(fields)
    ]
    row_check = ['    if (n < %d) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");' % required]
    return [
        f"public {'override ' if overriding else ''}void Write(MsgWriter w)",
        "{",
        f"    w.Array({len(fields)});",
        *writes,
        "}",
        "",
        f"public static {entry.name} Read(MsgReader r)",
        "{",
        "    int n = r.BeginArray();",
        f"    {entry.name} v = new {entry.name}();",
        "    v.ReadFields(r, n);",
        f"    r.EndStruct(n, {len(fields)});",
        "    return v;",
        "}",
        "",
        "private void ReadFields(MsgReader r, int n)",
        "{",
        *(row_check if required else []),
        *reads,
        "}",
    ]


def type_of(field):
    if field.type == "list":
        return element_type(field.of, field.of_name) + "[]"
    return element_type(field.type, field.type_name)


def element_type(kind, name):
    return SCALARS.get(kind) or pascal(name)


def initial(field):
    """What a field holds before it is set, where that is not C#'s own zero."""
    if field.type == "list":
        return f" = new {element_type(field.of, field.of_name)}[0]"
    if field.type == "struct":
        return f" = new {pascal(field.type_name)}()"
    if field.type == "enum":
        value = field.default
        return f" = {pascal(field.type_name)}.{pascal(value)}" if value else ""
    if field.has_default and field.default and field.type not in ("text", "bytes"):
        value = field.default
        return f" = {str(value).lower()}"
    if field.optional:
        return ""
    return {"text": ' = ""', "slug": ' = ""', "bytes": " = new byte[0]", "hash": " = new byte[32]",
            "raw": " = new byte[] { 0xc0 }"}.get(field.type, "")  # fmt: skip


def read_field(schema, field, of=""):
    """The statement that reads one field; `of` stands before its name."""
    name = of + pascal(field.name)
    if field.type == "list":
        element = element_type(field.of, field.of_name)
        value = read_value(schema, field.of, field.of_name, 0, 2**20)
        begin = f"{name} = new {element}[r.BeginList({field.min}, {field.max})];"
        return f"{{ {begin} for (int i = 0; i < {name}.Length; i++) {name}[i] = {value}; }}"
    value = read_value(schema, field.type, field.type_name, field.min, field.max)
    return f"{'if (!r.TryNil()) ' if field.optional else ''}{name} = {value};"


def read_value(schema, kind, name, low, high):
    if kind in HIGHEST:
        cast = {"u64": "", "u32": "(uint)"}.get(kind, "(int)")
        return f"{cast}r.Unsigned({HIGHEST[kind]})"
    if kind == "enum":
        return f"({pascal(name)})r.Enum({max(schema.enums[name].values.values())})"
    if kind == "struct":
        return f"{pascal(name)}.Read(r)"
    if kind in ("text", "bytes"):
        return f"r.{pascal(kind)}({low}, {high})"
    return {"bool": "r.Bool()", "i64": "r.Signed()", "time": "r.Signed()", "uuid": "r.Uuid()", "hash": "r.Hash()",
            "slug": "r.Slug()", "raw": "r.Raw()"}[kind]  # fmt: skip


def write_field(field):
    name = pascal(field.name)
    if field.type == "list":
        value = write_value(field.of, field.of_name, f"{name}[i]")
        return f"w.Array({name}.Length); for (int i = 0; i < {name}.Length; i++) {value}"
    value = write_value(field.type, field.type_name, name)
    if field.optional:
        return f"if ({is_zero(field, name)}) w.Nil(); else {value}"
    return value


def is_zero(field, name):
    if field.type in ("text", "slug"):
        return f"string.IsNullOrEmpty({name})"
    if field.type in ("bytes", "hash"):
        return f"{name} == null || {name}.Length == 0"
    return f"{name} == Guid.Empty" if field.type == "uuid" else f"{name} == 0"


def write_value(kind, name, value):
    if kind in HIGHEST:
        return f"w.Unsigned({value});" if kind in ("u32", "u64") else f"w.Signed({value});"
    if kind == "enum":
        return f"w.Signed((int){value});"
    if kind == "struct":
        return f"{value}.Write(w);"
    method = {"bool": "Bool", "i64": "Signed", "time": "Signed", "uuid": "Uuid", "hash": "Bytes", "bytes": "Bytes",
              "slug": "Text", "text": "Text", "raw": "Raw"}[kind]  # fmt: skip
    return f"w.{method}({value});"


# ---------------------------------------------------------------------- enums, codes, text


def codes(schema):
    """Errors, close codes, limits."""
    numbers = {name: number for name, (number, _) in CLIENT_CODES.items()}
    docs = {name: doc for name, (_, doc) in CLIENT_CODES.items()}
    numbers.update({error.name: error.number for error in schema.errors.values()})
    docs.update({error.name: error.doc for error in schema.errors.values()})
    lines = [enum_type("error_code", "Why a request did not succeed.", numbers, docs, "No error; never on the wire.")]
    limits = [f"    public const int {pascal(limit.name)} = {limit.value};" for limit in schema.limits]
    lines.append("\n".join([
        "/// <summary>Versions and limits of the protocol that this was generated from.</summary>",
        "public static class Protocol", "{",
        f"    public const int Version = {schema.version};", *limits, "}",
    ]))  # fmt: skip
    closes = [
        f'            case {close.code}: return new CloseCode({close.code}, "{close.name}", '
        f"CloseAdvice.{pascal(close.advice)}, {close.retry_after_ms});"
        for close in schema.closes.values()
    ]
    lines.append("\n".join([
        "/// <summary>Why a socket was closed, and what to do about it.</summary>",
        "public struct CloseCode", "{",
        "    public readonly int Code;", "    public readonly string Name;", "    public readonly CloseAdvice Advice;",
        "    public readonly int RetryAfterMs;", "",
        "    public CloseCode(int code, string name, CloseAdvice advice, int retryAfterMs)", "    {",
        "        Code = code; Name = name; Advice = advice; RetryAfterMs = retryAfterMs;", "    }", "",
        "    /// <summary>A code the server documents; any other is a lost connection, to be made again at once.</summary>",
        "    public static CloseCode Of(int code)", "    {", "        switch (code)", "        {", *closes,
        '            default: return new CloseCode(code, "lost", CloseAdvice.AtOnce, 0);', "        }", "    }", "}",
    ]))  # fmt: skip
    return lines


def enum_type(name, doc, values, docs=None, none=None):
    lines = [*summary(doc), f"public enum {pascal(name)}", "{"]
    if none:
        lines += [f"    /// <summary>{none}</summary>", "    None = 0,"]
    for value, number in values.items():
        if docs:
            lines += [f"    {line}" for line in summary(docs[value])]
        lines.append(f"    {pascal(value)} = {number},")
    return "\n".join([*lines, "}"])


def document(blocks, using=()):
    body = "\n\n".join(blocks)
    indented = "\n".join(f"    {line}".rstrip() for line in body.splitlines())
    uses = "".join(f"using {name};\n" for name in ("System", "Gachapon.Wire", *using))
    return f"// {NOTICE}\n{uses}\nnamespace Gachapon\n{{\n{indented}\n}}\n"


def summary(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "")
    return [f"/// <summary>{escaped}</summary>"]


def pascal(name):
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))
