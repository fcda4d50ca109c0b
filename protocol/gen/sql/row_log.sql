-- row_log: the views' tables with enums by name, hashes as hex and lists as JSON, one view `<name>_log`
-- for each. For the projections database; a help for people, nothing depends on it.
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.

set client_min_messages = warning; -- what is not there need not be dropped aloud
drop view if exists player_log;
drop view if exists proof_log;
drop view if exists wallet_log;
drop view if exists character_log;
drop view if exists item_log;
drop view if exists team_log;
drop view if exists pity_log;
drop view if exists opening_log;
drop view if exists pack_log;
drop view if exists odds_log;
drop view if exists stock_log;
drop view if exists character_info_log;
drop view if exists item_info_log;
drop view if exists pull_statistic_log;
drop function if exists protocol_payload(text, text, bytea);
drop function if exists protocol_named(text, text, jsonb);
drop function if exists protocol_enum_name(text, jsonb);
drop function if exists protocol_msgpack_at(bytea, int);
drop function if exists protocol_msgpack_bytes(bytea, int, bigint);
drop function if exists protocol_msgpack_number(bytea, int, int, boolean);
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
    ('row_player', 1, 'player', 'uuid', '', false),
    ('row_player', 2, 'display_name', 'text', '', false),
    ('row_player', 3, 'status', 'enum', 'player_status', false),
    ('row_player', 4, 'registered_at', 'time', '', false),
    ('row_proof', 1, 'player', 'uuid', '', false),
    ('row_proof', 2, 'seed_number', 'u32', '', false),
    ('row_proof', 3, 'seed_hash', 'hash', '', false),
    ('row_proof', 4, 'next_seed_hash', 'hash', '', false),
    ('row_proof', 5, 'client_seed', 'text', '', false),
    ('row_wallet', 1, 'player', 'uuid', '', false),
    ('row_wallet', 2, 'free', 'u64', '', false),
    ('row_wallet', 3, 'paid', 'u64', '', false),
    ('row_character', 1, 'player', 'uuid', '', false),
    ('row_character', 2, 'character', 'slug', '', false),
    ('row_character', 3, 'rarity', 'enum', 'rarity', false),
    ('row_character', 4, 'copies', 'u32', '', false),
    ('row_item', 1, 'player', 'uuid', '', false),
    ('row_item', 2, 'item', 'slug', '', false),
    ('row_item', 3, 'count', 'u32', '', false),
    ('row_team', 1, 'player', 'uuid', '', false),
    ('row_team', 2, 'team', 'u32', '', false),
    ('row_team', 3, 'name', 'text', '', false),
    ('row_team', 4, 'members', 'list', 'slug', false),
    ('row_pity', 1, 'player', 'uuid', '', false),
    ('row_pity', 2, 'pity_group', 'slug', '', false),
    ('row_pity', 3, 'draws', 'u32', '', false),
    ('row_opening', 1, 'player', 'uuid', '', false),
    ('row_opening', 2, 'opening', 'u32', '', false),
    ('row_opening', 3, 'pack', 'slug', '', false),
    ('row_opening', 4, 'pack_version', 'u32', '', false),
    ('row_opening', 5, 'cost_free', 'u64', '', false),
    ('row_opening', 6, 'cost_paid', 'u64', '', false),
    ('row_opening', 7, 'item', 'slug', '', false),
    ('row_opening', 8, 'seed_number', 'u32', '', false),
    ('row_opening', 9, 'first_nonce', 'u64', '', false),
    ('row_opening', 10, 'pulls', 'list', 'struct pull', false),
    ('row_opening', 11, 'opened_at', 'time', '', false),
    ('row_pack', 1, 'pack', 'slug', '', false),
    ('row_pack', 2, 'version', 'u32', '', false),
    ('row_pack', 3, 'name', 'text', '', false),
    ('row_pack', 4, 'status', 'enum', 'pack_status', false),
    ('row_pack', 5, 'price', 'u64', '', false),
    ('row_pack', 6, 'ten_price', 'u64', '', false),
    ('row_pack', 7, 'pity_group', 'slug', '', false),
    ('row_pack', 8, 'hard_pity', 'u32', '', false),
    ('row_pack', 9, 'pity_rarity', 'enum', 'rarity', false),
    ('row_pack', 10, 'item', 'slug', '', false),
    ('row_pack', 11, 'limited', 'bool', '', false),
    ('row_odds', 1, 'pack', 'slug', '', false),
    ('row_odds', 2, 'character', 'slug', '', false),
    ('row_odds', 3, 'rarity', 'enum', 'rarity', false),
    ('row_odds', 4, 'numerator', 'u64', '', false),
    ('row_odds', 5, 'denominator', 'u64', '', false),
    ('row_odds', 6, 'version', 'u32', '', false),
    ('row_odds', 7, 'rarity_weight', 'u32', '', false),
    ('row_odds', 8, 'weight', 'u32', '', false),
    ('row_stock', 1, 'pack', 'slug', '', false),
    ('row_stock', 2, 'limited', 'bool', '', false),
    ('row_stock', 3, 'remaining', 'u64', '', false),
    ('row_character_info', 1, 'character', 'slug', '', false),
    ('row_character_info', 2, 'name', 'text', '', false),
    ('row_character_info', 3, 'rarity', 'enum', 'rarity', false),
    ('row_character_info', 4, 'description', 'text', '', false),
    ('row_item_info', 1, 'item', 'slug', '', false),
    ('row_item_info', 2, 'name', 'text', '', false),
    ('row_item_info', 3, 'description', 'text', '', false),
    ('row_pull_statistic', 1, 'pack', 'slug', '', false),
    ('row_pull_statistic', 2, 'version', 'u32', '', false),
    ('row_pull_statistic', 3, 'character', 'slug', '', false),
    ('row_pull_statistic', 4, 'observed', 'u64', '', false);

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

create view player_log with (security_invoker = true) as
select "position",
       deleted,
       player,
       display_name,
       protocol_enum_name('player_status', to_jsonb(status)) #>> '{}' as status,
       registered_at
from players;

create view proof_log with (security_invoker = true) as
select "position",
       deleted,
       player,
       seed_number,
       encode(seed_hash, 'hex') as seed_hash,
       encode(next_seed_hash, 'hex') as next_seed_hash,
       client_seed
from proofs;

create view wallet_log with (security_invoker = true) as
select "position",
       deleted,
       player,
       free,
       paid
from wallets;

create view character_log with (security_invoker = true) as
select "position",
       deleted,
       player,
       "character",
       protocol_enum_name('rarity', to_jsonb(rarity)) #>> '{}' as rarity,
       copies
from characters;

create view item_log with (security_invoker = true) as
select "position",
       deleted,
       player,
       item,
       count
from items;

create view team_log with (security_invoker = true) as
select "position",
       deleted,
       player,
       team,
       name,
       protocol_payload('list', 'slug', members) as members
from teams;

create view pity_log with (security_invoker = true) as
select "position",
       deleted,
       player,
       pity_group,
       draws
from pities;

create view opening_log with (security_invoker = true) as
select "position",
       deleted,
       player,
       opening,
       pack,
       pack_version,
       cost_free,
       cost_paid,
       item,
       seed_number,
       first_nonce,
       protocol_payload('list', 'struct pull', pulls) as pulls,
       opened_at
from openings;

create view pack_log with (security_invoker = true) as
select "position",
       deleted,
       pack,
       version,
       name,
       protocol_enum_name('pack_status', to_jsonb(status)) #>> '{}' as status,
       price,
       ten_price,
       pity_group,
       hard_pity,
       protocol_enum_name('rarity', to_jsonb(pity_rarity)) #>> '{}' as pity_rarity,
       item,
       limited
from packs;

create view odds_log with (security_invoker = true) as
select "position",
       deleted,
       pack,
       "character",
       protocol_enum_name('rarity', to_jsonb(rarity)) #>> '{}' as rarity,
       numerator,
       denominator,
       version,
       rarity_weight,
       weight
from pack_odds;

create view stock_log with (security_invoker = true) as
select "position",
       deleted,
       pack,
       limited,
       remaining
from stocks;

create view character_info_log with (security_invoker = true) as
select "position",
       deleted,
       "character",
       name,
       protocol_enum_name('rarity', to_jsonb(rarity)) #>> '{}' as rarity,
       description
from character_catalogue;

create view item_info_log with (security_invoker = true) as
select "position",
       deleted,
       item,
       name,
       description
from item_catalogue;

create view pull_statistic_log with (security_invoker = true) as
select "position",
       deleted,
       pack,
       version,
       "character",
       observed
from pull_statistics;

grant select on player_log, proof_log, wallet_log, character_log, item_log, team_log, pity_log, opening_log, pack_log, odds_log, stock_log, character_info_log, item_info_log, pull_statistic_log, protocol_enums, protocol_fields to public;
