-- One msgpack value at byte `at` (from 0) of `data`: the value, and where the next one starts.
-- Binary values become lower case hex. Ext, floats and anything cut off raise, as no stored payload holds them.
create or replace function protocol_msgpack_at(data bytea, at int, out value jsonb, out next int)
language plpgsql immutable strict parallel safe as $function$
declare
    head int := get_byte(data, at);
    size bigint;
    entries jsonb := '[]';
    entry record;
begin
    next := at + 1;
    case
    when head <= 127 then
        value := to_jsonb(head);
    when head >= 224 then
        value := to_jsonb(head - 256);
    when head = 192 then
        value := 'null';
    when head in (194, 195) then
        value := to_jsonb(head = 195);
    when head between 204 and 211 then -- uint 8 to 64, int 8 to 64
        size := 1 << ((head - 204) % 4);
        value := to_jsonb(protocol_msgpack_number(data, next, size::int, head >= 208));
        next := next + size;
    when head between 160 and 191 or head between 217 and 219 then -- str
        size := head - 160;
        if head >= 217 then
            size := protocol_msgpack_number(data, next, 1 << (head - 217), false);
            next := next + (1 << (head - 217));
        end if;
        value := to_jsonb(convert_from(protocol_msgpack_bytes(data, next, size), 'UTF8'));
        next := next + size;
    when head between 196 and 198 then -- bin
        size := protocol_msgpack_number(data, next, 1 << (head - 196), false);
        next := next + (1 << (head - 196));
        value := to_jsonb(encode(protocol_msgpack_bytes(data, next, size), 'hex'));
        next := next + size;
    when head between 144 and 159 or head in (220, 221) then -- array
        size := head - 144;
        if head >= 220 then
            size := protocol_msgpack_number(data, next, 2 << (head - 220), false);
            next := next + (2 << (head - 220));
        end if;
        for i in 1 .. size loop
            entry := protocol_msgpack_at(data, next);
            entries := entries || jsonb_build_array(entry.value);
            next := entry.next;
        end loop;
        value := entries;
    else
        raise exception 'byte % at % is no msgpack that a payload holds', head, at;
    end case;
end
$function$;

-- A big-endian number of `size` bytes.
create or replace function protocol_msgpack_number(data bytea, at int, size int, signed boolean) returns numeric
language plpgsql immutable strict parallel safe as $function$
declare
    number numeric := 0;
begin
    for i in at .. at + size - 1 loop
        number := number * 256 + get_byte(data, i);
    end loop;
    if signed and get_byte(data, at) >= 128 then
        number := number - 256::numeric ^ size;
    end if;
    return trunc(number);
end
$function$;

-- `size` bytes, all of which have to be there.
create or replace function protocol_msgpack_bytes(data bytea, at int, size bigint) returns bytea
language plpgsql immutable strict parallel safe as $function$
begin
    if at + size > length(data) then
        raise exception 'the payload ends at %, a value at %', length(data), at + size;
    end if;
    return substring(data from at + 1 for size::int);
end
$function$;

-- A number's name in an enum; the number itself when the schema has no name for it.
create or replace function protocol_enum_name(enumeration text, number jsonb) returns jsonb
language sql stable parallel safe as $function$
    select coalesce((select to_jsonb(e.name) from protocol_enums e
                     where e.enumeration = protocol_enum_name.enumeration
                       and to_jsonb(e.number) = protocol_enum_name.number), number)
$function$;

-- A decoded value with the names and notation of its type: `as_kind` and `as_type` are a field's kind and type
-- in protocol_fields.
create or replace function protocol_named(as_kind text, as_type text, given jsonb) returns jsonb
language plpgsql stable parallel safe as $function$
declare
    named jsonb := '{}';
    field record;
begin
    if given is null or given = 'null' then
        return given;
    end if;
    case as_kind
    when 'uuid' then
        return to_jsonb((given #>> '{}')::uuid::text);
    when 'time' then
        return to_jsonb(to_char(to_timestamp((given #>> '{}')::numeric / 1000) at time zone 'UTC',
                                'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
    when 'enum' then
        return protocol_enum_name(as_type, given);
    when 'list' then -- `as_type` is then the kind and the type of an entry, as 'struct pull'
        return coalesce((select jsonb_agg(protocol_named(split_part(as_type, ' ', 1), split_part(as_type, ' ', 2), e.value)
                                          order by e.number)
                         from jsonb_array_elements(given) with ordinality e(value, number)), '[]');
    when 'struct' then
        for field in select f.*, e.value
                     from jsonb_array_elements(given) with ordinality e(value, number)
                     left join protocol_fields f on f.struct = as_type and f.number = e.number
                     order by e.number loop
            if field.name is null then
                continue; -- appended by a newer schema
            elsif field.personal then
                named := named || jsonb_build_object(
                    field.name, case when field.value in ('null', '"erased"') then 'erased' else '<personal>' end);
            else
                named := named || jsonb_build_object(
                    field.name, coalesce(protocol_named(field.kind, field.type, field.value), 'null'));
            end if;
        end loop;
        return named;
    else
        return given;
    end case;
end
$function$;

-- A whole payload, named. What cannot be read is shown as it is, so that one bad row hides no other. That takes a
-- subtransaction, which PostgreSQL refuses wherever a query runs in parallel, so none with this function may.
create or replace function protocol_payload(as_kind text, as_type text, data bytea) returns jsonb
language plpgsql stable parallel unsafe as $function$
declare
    decoded record;
begin
    decoded := protocol_msgpack_at(data, 0);
    if decoded.next <> length(data) then
        raise exception 'the payload is followed by % bytes', length(data) - decoded.next;
    end if;
    return protocol_named(as_kind, as_type, decoded.value);
exception when others then
    return jsonb_build_object('unreadable', sqlerrm, 'data', encode(data, 'hex'));
end
$function$;
