-- event_log: the event store as JSON with field names. For the database that has `events` and `streams`.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.

set client_min_messages = warning; -- what is not there need not be dropped aloud
drop view if exists event_log;
drop function if exists protocol_payload(text, text, bytea);
drop function if exists protocol_named(text, text, jsonb);
drop function if exists protocol_enum_name(text, jsonb);
drop function if exists protocol_msgpack_at(bytea, int);
drop function if exists protocol_msgpack_bytes(bytea, int, bigint);
drop function if exists protocol_msgpack_number(bytea, int, int, boolean);
drop view if exists protocol_events;
drop view if exists protocol_streams;
drop view if exists protocol_fields;
drop view if exists protocol_enums;
reset client_min_messages;

create view protocol_enums (enumeration, number, name) as values
    ('rarity'::text, 1::int, 'common'::text),
    ('rarity', 2, 'rare'),
    ('rarity', 3, 'epic'),
    ('rarity', 4, 'legendary'),
    ('payment', 1, 'currency'),
    ('payment', 2, 'item'),
    ('grant_kind', 1, 'free_currency'),
    ('grant_kind', 2, 'paid_currency'),
    ('grant_kind', 3, 'item'),
    ('player_status', 1, 'active'),
    ('player_status', 2, 'deactivated'),
    ('player_status', 3, 'erased'),
    ('door', 1, 'registered'),
    ('door', 2, 'enrolled'),
    ('door', 3, 'guest'),
    ('pack_status', 1, 'on_sale'),
    ('pack_status', 2, 'retired'),
    ('consistency', 1, 'strong'),
    ('consistency', 2, 'eventual'),
    ('retry', 1, 'never'),
    ('retry', 2, 'now'),
    ('retry', 3, 'later'),
    ('retry', 4, 'sign_in'),
    ('audience', 1, 'own'),
    ('audience', 2, 'public'),
    ('close_advice', 1, 'at_once'),
    ('close_advice', 2, 'later'),
    ('close_advice', 3, 'sign_in'),
    ('close_advice', 4, 'never');

create view protocol_fields (struct, number, name, kind, type, personal) as values
    ('pull'::text, 1::int, 'character'::text, 'slug'::text, ''::text, false::boolean),
    ('pull', 2, 'rarity', 'enum', 'rarity', false),
    ('pull', 3, 'copies', 'u32', '', false),
    ('rarity_weight', 1, 'rarity', 'enum', 'rarity', false),
    ('rarity_weight', 2, 'weight', 'u32', '', false),
    ('pack_entry', 1, 'character', 'slug', '', false),
    ('pack_entry', 2, 'rarity', 'enum', 'rarity', false),
    ('pack_entry', 3, 'weight', 'u32', '', false),
    ('limits', 1, 'frame_max_bytes', 'u32', '', false),
    ('limits', 2, 'in_flight_max', 'u32', '', false),
    ('limits', 3, 'messages_per_frame_max', 'u32', '', false),
    ('limits', 4, 'sign_in_within_ms', 'u32', '', false),
    ('limits', 5, 'tick_every_ms', 'u32', '', false),
    ('limits', 6, 'messages_per_second', 'u32', '', false),
    ('meta', 1, 'command_id', 'uuid', '', false),
    ('meta', 2, 'consistency', 'enum', 'consistency', false),
    ('meta', 3, 'at_least', 'u64', '', false),
    ('meta', 4, 'traceparent', 'text', '', false),
    ('reply_meta', 1, 'position', 'u64', '', false),
    ('reply_meta', 2, 'view_position', 'u64', '', false),
    ('change', 1, 'view', 'u16', '', false),
    ('change', 2, 'rows', 'raw', '', false),
    ('event_player_registered', 1, 'player', 'uuid', '', false),
    ('event_player_registered', 2, 'display_name', 'text', '', true),
    ('event_player_registered', 3, 'door', 'enum', 'door', false),
    ('event_player_registered', 4, 'registered_at', 'time', '', false),
    ('event_player_registered', 5, 'free', 'u64', '', false),
    ('event_player_registered', 6, 'item', 'slug', '', false),
    ('event_player_registered', 7, 'item_count', 'u32', '', false),
    ('event_player_registered', 8, 'seed_number', 'u32', '', false),
    ('event_player_registered', 9, 'seed_hash', 'hash', '', false),
    ('event_player_registered', 10, 'next_seed_hash', 'hash', '', false),
    ('event_player_registered', 11, 'client_seed', 'text', '', false),
    ('event_pack_opened', 1, 'player', 'uuid', '', false),
    ('event_pack_opened', 2, 'opening', 'u32', '', false),
    ('event_pack_opened', 3, 'pack', 'slug', '', false),
    ('event_pack_opened', 4, 'pack_version', 'u32', '', false),
    ('event_pack_opened', 5, 'payment', 'enum', 'payment', false),
    ('event_pack_opened', 6, 'cost_free', 'u64', '', false),
    ('event_pack_opened', 7, 'cost_paid', 'u64', '', false),
    ('event_pack_opened', 8, 'free', 'u64', '', false),
    ('event_pack_opened', 9, 'paid', 'u64', '', false),
    ('event_pack_opened', 10, 'item', 'slug', '', false),
    ('event_pack_opened', 11, 'item_count', 'u32', '', false),
    ('event_pack_opened', 12, 'seed_number', 'u32', '', false),
    ('event_pack_opened', 13, 'first_nonce', 'u64', '', false),
    ('event_pack_opened', 14, 'pulls', 'list', 'struct pull', false),
    ('event_pack_opened', 15, 'pity_group', 'slug', '', false),
    ('event_pack_opened', 16, 'pity', 'u32', '', false),
    ('event_pack_opened', 17, 'opened_at', 'time', '', false),
    ('event_granted', 1, 'player', 'uuid', '', false),
    ('event_granted', 2, 'external_id', 'text', '', false),
    ('event_granted', 3, 'kind', 'enum', 'grant_kind', false),
    ('event_granted', 4, 'item', 'slug', '', false),
    ('event_granted', 5, 'amount', 'u64', '', false),
    ('event_granted', 6, 'free', 'u64', '', false),
    ('event_granted', 7, 'paid', 'u64', '', false),
    ('event_granted', 8, 'item_count', 'u32', '', false),
    ('event_granted', 9, 'reason', 'text', '', false),
    ('event_granted', 10, 'granted_at', 'time', '', false),
    ('event_team_formed', 1, 'player', 'uuid', '', false),
    ('event_team_formed', 2, 'team', 'u32', '', false),
    ('event_team_formed', 3, 'name', 'text', '', true),
    ('event_team_formed', 4, 'members', 'list', 'slug', false),
    ('event_team_changed', 1, 'player', 'uuid', '', false),
    ('event_team_changed', 2, 'team', 'u32', '', false),
    ('event_team_changed', 3, 'name', 'text', '', true),
    ('event_team_changed', 4, 'members', 'list', 'slug', false),
    ('event_team_disbanded', 1, 'player', 'uuid', '', false),
    ('event_team_disbanded', 2, 'team', 'u32', '', false),
    ('event_player_renamed', 1, 'player', 'uuid', '', false),
    ('event_player_renamed', 2, 'display_name', 'text', '', true),
    ('event_player_renamed', 3, 'status', 'enum', 'player_status', false),
    ('event_player_renamed', 4, 'registered_at', 'time', '', false),
    ('event_seed_rotated', 1, 'player', 'uuid', '', false),
    ('event_seed_rotated', 2, 'revealed_number', 'u32', '', false),
    ('event_seed_rotated', 3, 'revealed_seed', 'hash', '', false),
    ('event_seed_rotated', 4, 'revealed_draws', 'u64', '', false),
    ('event_seed_rotated', 5, 'seed_number', 'u32', '', false),
    ('event_seed_rotated', 6, 'seed_hash', 'hash', '', false),
    ('event_seed_rotated', 7, 'next_seed_hash', 'hash', '', false),
    ('event_seed_rotated', 8, 'client_seed', 'text', '', false),
    ('event_enrolment_refused', 1, 'player', 'uuid', '', false),
    ('event_enrolment_refused', 2, 'registration', 'uuid', '', false),
    ('event_enrolment_refused', 3, 'refused_at', 'time', '', false),
    ('event_player_deactivated', 1, 'player', 'uuid', '', false),
    ('event_player_deactivated', 2, 'display_name', 'text', '', true),
    ('event_player_deactivated', 3, 'registered_at', 'time', '', false),
    ('event_player_deactivated', 4, 'deactivated_at', 'time', '', false),
    ('event_player_deactivated', 5, 'grace_s', 'u32', '', false),
    ('event_player_deactivated', 6, 'reason', 'text', '', false),
    ('event_player_reactivated', 1, 'player', 'uuid', '', false),
    ('event_player_reactivated', 2, 'display_name', 'text', '', true),
    ('event_player_reactivated', 3, 'registered_at', 'time', '', false),
    ('event_player_reactivated', 4, 'reactivated_at', 'time', '', false),
    ('event_player_erased', 1, 'player', 'uuid', '', false),
    ('event_player_erased', 2, 'registered_at', 'time', '', false),
    ('event_player_erased', 3, 'teams', 'list', 'u32', false),
    ('event_player_erased', 4, 'erased_at', 'time', '', false),
    ('event_player_erased', 5, 'reason', 'text', '', false),
    ('event_pack_published', 1, 'pack', 'slug', '', false),
    ('event_pack_published', 2, 'version', 'u32', '', false),
    ('event_pack_published', 3, 'name', 'text', '', false),
    ('event_pack_published', 4, 'price', 'u64', '', false),
    ('event_pack_published', 5, 'ten_price', 'u64', '', false),
    ('event_pack_published', 6, 'rarities', 'list', 'struct rarity_weight', false),
    ('event_pack_published', 7, 'entries', 'list', 'struct pack_entry', false),
    ('event_pack_published', 8, 'dropped', 'list', 'slug', false),
    ('event_pack_published', 9, 'pity_group', 'slug', '', false),
    ('event_pack_published', 10, 'hard_pity', 'u32', '', false),
    ('event_pack_published', 11, 'pity_rarity', 'enum', 'rarity', false),
    ('event_pack_published', 12, 'item', 'slug', '', false),
    ('event_pack_published', 13, 'limited', 'bool', '', false),
    ('event_pack_published', 14, 'published_at', 'time', '', false),
    ('event_pack_retired', 1, 'pack', 'slug', '', false),
    ('event_pack_retired', 2, 'retired_at', 'time', '', false),
    ('event_pack_retired', 3, 'version', 'u32', '', false),
    ('event_pack_retired', 4, 'name', 'text', '', false),
    ('event_pack_retired', 5, 'price', 'u64', '', false),
    ('event_pack_retired', 6, 'ten_price', 'u64', '', false),
    ('event_pack_retired', 7, 'pity_group', 'slug', '', false),
    ('event_pack_retired', 8, 'hard_pity', 'u32', '', false),
    ('event_pack_retired', 9, 'pity_rarity', 'enum', 'rarity', false),
    ('event_pack_retired', 10, 'item', 'slug', '', false),
    ('event_pack_retired', 11, 'limited', 'bool', '', false),
    ('event_stock_set', 1, 'pack', 'slug', '', false),
    ('event_stock_set', 2, 'limited', 'bool', '', false),
    ('event_stock_set', 3, 'remaining', 'u64', '', false),
    ('event_stock_taken', 1, 'pack', 'slug', '', false),
    ('event_stock_taken', 2, 'taken', 'u32', '', false),
    ('event_stock_taken', 3, 'remaining', 'u64', '', false),
    ('event_character_published', 1, 'character', 'slug', '', false),
    ('event_character_published', 2, 'name', 'text', '', false),
    ('event_character_published', 3, 'rarity', 'enum', 'rarity', false),
    ('event_character_published', 4, 'description', 'text', '', false),
    ('event_item_published', 1, 'item', 'slug', '', false),
    ('event_item_published', 2, 'name', 'text', '', false),
    ('event_item_published', 3, 'description', 'text', '', false),
    ('event_starting_balance_set', 1, 'free', 'u64', '', false),
    ('event_starting_balance_set', 2, 'item', 'slug', '', false),
    ('event_starting_balance_set', 3, 'item_count', 'u32', '', false),
    ('event_registration_begun', 1, 'registration', 'uuid', '', false),
    ('event_registration_begun', 2, 'begun_at', 'time', '', false),
    ('event_registration_begun', 3, 'guest', 'uuid', '', false),
    ('event_registration_finished', 1, 'registration', 'uuid', '', false),
    ('event_registration_finished', 2, 'player', 'uuid', '', false),
    ('event_registration_finished', 3, 'finished_at', 'time', '', false),
    ('event_registration_undone', 1, 'registration', 'uuid', '', false),
    ('event_registration_undone', 2, 'undone_at', 'time', '', false);

create view protocol_streams (number, name, key) as values
    (1::smallint, 'player'::text, 'uuid'::text),
    (2, 'pack', 'slug'),
    (3, 'stock', 'slug'),
    (4, 'catalogue', 'none'),
    (5, 'registration', 'uuid');

create view protocol_events (number, name, stream, version) as values
    (1::smallint, 'player_registered'::text, 'player'::text, 1::smallint),
    (2, 'pack_opened', 'player', 1),
    (3, 'granted', 'player', 1),
    (4, 'team_formed', 'player', 1),
    (5, 'team_changed', 'player', 1),
    (6, 'team_disbanded', 'player', 1),
    (7, 'player_renamed', 'player', 1),
    (8, 'seed_rotated', 'player', 1),
    (9, 'enrolment_refused', 'player', 1),
    (10, 'player_deactivated', 'player', 1),
    (11, 'player_reactivated', 'player', 1),
    (12, 'player_erased', 'player', 1),
    (20, 'pack_published', 'pack', 1),
    (21, 'pack_retired', 'pack', 1),
    (30, 'stock_set', 'stock', 1),
    (31, 'stock_taken', 'stock', 1),
    (40, 'character_published', 'catalogue', 1),
    (41, 'item_published', 'catalogue', 1),
    (42, 'starting_balance_set', 'catalogue', 1),
    (50, 'registration_begun', 'registration', 1),
    (51, 'registration_finished', 'registration', 1),
    (52, 'registration_undone', 'registration', 1);

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

-- What happened, as a person reads it: one row an event, fields by their names, in the order of the log.
--     select * from event_log where key = '<player>' order by position;
--     select position, type, data ->> 'pack' from event_log where type = 'pack_opened';
create view event_log with (security_invoker = true) as
select e.position,
       k.name as stream,
       case k.key
           when 'uuid' then encode(s.key, 'hex')::uuid::text
           when 'slug' then convert_from(s.key, 'UTF8')
           else ''
       end as key,
       e.version,
       coalesce(t.name, 'event ' || e.type) as type,
       e.recorded_at,
       e.command_id,
       e.actor,
       protocol_payload(
           'struct',
           'event_' || t.name || case when e.schema_version < t.version then '_v' || e.schema_version else '' end,
           e.data
       ) as data
from events e
join streams s on s.stream = e.stream
left join protocol_streams k on k.number = s.kind
left join protocol_events t on t.number = e.type;

comment on view event_log is 'The log with field names, enum names and readable ids and times; personal texts stay hidden.';
grant select on event_log, protocol_enums, protocol_fields, protocol_streams, protocol_events to public;
