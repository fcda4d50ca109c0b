"""The parts of the C# client that follow from the schema: replicated tables, a method for each command a player may
send and for each query; and, for the tests of golden vectors, every type by its name in the schema."""

from csharp import FOLDER, all_types, document, pascal, public_commands, summary, type_of

STRINGS = ("slug", "text")


def generate(schema):
    yield f"{FOLDER}/Tables.cs", document([tables(schema)], ("System.Collections.Generic",))
    yield f"{FOLDER}/GachaponClient.Requests.cs", document([requests(schema)], ("System.Threading.Tasks",))
    yield f"{FOLDER}/Requests.cs", document([known_requests(schema)])
    yield "gen/csharp/VectorTypes.cs", document([vector_types(schema)], ("System.Collections.Generic",))


def tables(schema):
    pushed = [view for view in schema.views.values() if view.push]
    lines = ["/// <summary>The rows that the server keeps up to date, one table a view.</summary>",
             "public sealed class Tables", "{"]  # fmt: skip
    for view in pushed:
        row = pascal(view.name) + "Row"
        lines += [f"    {line}" for line in summary(view.doc)]
        lines.append(f"    public readonly Table<{row}> {pascal(view.table)} = "
                     f"new Table<{row}>({view.number}, Audience.{pascal(view.audience)}, {row}.ReadRow);")  # fmt: skip
    names = ", ".join(pascal(view.table) for view in pushed)
    return "\n".join([*lines, "", "    internal readonly Table[] All;", "", "    public Tables()", "    {",
                      f"        All = new Table[] {{ {names} }};", "    }", "}"])  # fmt: skip


def requests(schema):
    lines = ["public sealed partial class GachaponClient", "{"]
    for command in public_commands(schema):
        if "player" in command.roles:
            lines += command_method(command)
    for view in schema.views.values():
        lines += query_method(view)
    return "\n".join([*lines[:-1], "}"])


def command_method(command):
    reply = pascal(command.reply) + "Event"
    parameters = [parameter(field) for field in command.payload.fields]
    parameters.append("CommandOptions options = null")
    values = ", ".join(f"{pascal(field.name)} = {camel(field.name)}" for field in command.payload.fields)
    return [
        *(f"    {line}" for line in summary(command.doc)),
        f"    public Task<{reply}> {pascal(command.name)}Async({', '.join(parameters)})",
        "    {",
        f"        return SendAsync(new {pascal(command.name)}Command {{ {values} }}, options);",
        "    }",
        "",
    ]


def parameter(field):
    text = f"{type_of(field)} {camel(field.name)}"
    if field.has_default:
        enum = field.type == "enum" and field.default
        text += f" = {pascal(field.type_name)}.{pascal(field.default)}" if enum else f" = default({type_of(field)})"
    return text


def query_method(view):
    row = pascal(view.name) + "Row"
    return [
        *(f"    {line}" for line in summary(f"A page of: {view.doc} Page on with `after`, the last page's `Next`.")),
        f"    public Task<Page<{row}>> {pascal(view.query)}Async(byte[] after = null, int limit = 100, "
        "Guid player = default(Guid), ulong atLeast = 0)",
        "    {",
        f'        return QueryAsync(new Query<{row}>({view.query_number}, "{view.query}", {row}.ReadRow)',
        "        {",
        "            Page = new ListQueryRequest { After = after, Limit = limit, Player = player }",
        "        }, atLeast);",
        "    }",
        "",
    ]


def known_requests(schema):
    """What a server made for tests decodes requests with."""
    lines = ["/// <summary>Every request there is, by its number: for servers made for tests.</summary>",
             "public static class KnownRequests", "{",
             "    /// <summary>The decoded payload, or null if there is no such type; whether it needs a command id.</summary>",
             "    public static IWire Read(int type, MsgReader r, out bool isCommand)", "    {",
             "        isCommand = false;", "        switch (type)", "        {"]  # fmt: skip
    for message in schema.messages.values():
        if not message.push:
            mark = "isCommand = true; " if message.command else ""
            lines.append(f"            case {message.number}: {mark}return {pascal(message.name)}Request.Read(r);")
    for command in public_commands(schema):
        mark = "" if command.id_from else "isCommand = true; "
        lines.append(f"            case {command.number}: {mark}return {pascal(command.name)}Command.Read(r);")
    for view in schema.views.values():
        lines.append(f"            case {view.query_number}:")
    lines += ["                return ListQueryRequest.Read(r);", "            default: return null;", "        }", "    }", "",
              "    /// <summary>The view that a query pages through; 0 if it is no query.</summary>",
              "    public static int ViewOf(int type)", "    {", "        switch (type)", "        {"]  # fmt: skip
    lines += [f"            case {view.query_number}: return {view.number};" for view in schema.views.values()]
    lines += ["            default: return 0;", "        }", "    }", "}"]
    return "\n".join(lines)


# ---------------------------------------------------------------------- golden vectors


def vector_types(schema):
    """A decoder and a printer of every type. The text is the vectors' own notation, without spaces."""
    types = all_types(schema)
    lines = ["/// <summary>Types by their names in the schema, for the tests of golden vectors.</summary>",
             "public static class VectorTypes", "{",
             "    public delegate string Decode(MsgReader r, MsgWriter again);", "",
             "    public static readonly Dictionary<string, Decode> All = new Dictionary<string, Decode>", "    {"]  # fmt: skip
    for entry in types:
        lines.append(f'        {{ "{entry.struct.name}", (r, again) => {{ {entry.name} v = {entry.name}.Read(r); '
                     "v.Write(again); return Text(v); } },")  # fmt: skip
    lines += ["    };", "",
              "    /// <summary>What a row is decoded with; the text of a tombstone is null.</summary>",
              "    public static readonly Dictionary<string, Decode> Rows = new Dictionary<string, Decode>", "    {"]  # fmt: skip
    for view in schema.views.values():
        row = pascal(view.name) + "Row"
        lines.append(f'        {{ "{view.name}", (r, again) => {{ {row} v = {row}.ReadRow(r); v.WriteRow(again); '
                     "return v.Deleted ? null : Text(v); } },")  # fmt: skip
    lines += ["    };", "", "    /// <summary>Request -> struct of its payload, struct of its reply.</summary>",
              "    public static readonly Dictionary<string, string[]> Requests = new Dictionary<string, string[]>", "    {"]  # fmt: skip
    lines += [f'        {{ "{name}", new[] {{ "{payload}", "{reply}" }} }},' for name, payload, reply in request_structs(schema)]
    lines += ["    };", "", *dump_function(schema)]
    for entry in types:
        lines += text_function(entry)
    return "\n".join([*lines[:-1], "}"])


def dump_function(schema):
    """The replicas as JSON: view -> list of [position, row]."""
    pushed = [view for view in schema.views.values() if view.push]
    parts = []
    for i, view in enumerate(pushed):
        rows = f"VectorText.List(new List<{pascal(view.name)}Row>(t.{pascal(view.table)}.Rows).ToArray(), x => "
        parts.append(f'"{"," if i else ""}\\"{view.name}\\":" + {rows}"[" + x.Position + "," + Text(x) + "]")')
    body = "\n            + ".join(['"{"', *parts, '"}"'])
    return ["    public static string Dump(Tables t)", "    {", f"        return {body};", "    }", ""]


def request_structs(schema):
    for message in schema.messages.values():
        if not message.push:
            yield message.name, message.payload.name, message.reply.name
    for command in public_commands(schema):
        yield command.name, command.payload.name, schema.events[command.reply].payload.name
    for view in schema.views.values():
        yield view.query, schema.query_payload.name, schema.query_reply.name


def text_function(entry):
    parts = []
    for i, field in enumerate(entry.struct.fields):
        comma = "," if i else ""
        parts.append(f'"{comma}\\"{field.name}\\":" + {text_of(field)}')
    body = "\n            + ".join(['"{"', *parts, '"}"'])
    return [f"    private static string Text({entry.name} v)", "    {", f"        return {body};", "    }", ""]


def text_of(field):
    value = f"v.{pascal(field.name)}"
    if field.type == "list":
        return f"VectorText.List({value}, {printer(field.of, field.of_name)})"
    text = text_value(field.type, field.type_name, value)
    if not field.optional:
        return text
    absent = {"uuid": f"{value} == Guid.Empty"}.get(field.type, f"VectorText.IsAbsent({value})")
    return f'({absent} ? "null" : {text})'


def printer(kind, name):
    return f"x => {text_value(kind, name, 'x')}"


def text_value(kind, name, value):
    if kind == "struct":
        return f"Text({value})"
    if kind == "enum":
        return f"VectorText.Name({value}.ToString())"
    if kind in ("u64", "i64", "time"):
        return f"VectorText.Quoted({value}.ToString())"
    if kind in ("u8", "u16", "u32"):
        return f"{value}.ToString()"
    if kind == "bool":
        return f'({value} ? "true" : "false")'
    if kind == "uuid":
        return f"VectorText.Quoted({value}.ToString())"
    return f"VectorText.{'Quoted' if kind in STRINGS else 'Hex'}({value})"


def camel(name):
    text = pascal(name)
    return text[:1].lower() + text[1:]


