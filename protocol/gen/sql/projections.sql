-- projections: one table a view. `position` is that of the event that last touched the row; `deleted` marks a
-- tombstone, of which only the key counts (hence the check instead of `not null`).
-- Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.

create table players (
    "position" bigint not null,
    deleted boolean not null,
    player uuid not null,
    display_name text collate "C",
    status smallint,
    registered_at timestamptz,
    constraint players_whole check (deleted or num_nulls(display_name, status, registered_at) = 0),
    primary key (player)
) with (fillfactor = 85);
comment on table players is 'A player''s profile and the proof material in use.';
comment on column players."position" is 'Position of the event that last touched the row.';
comment on column players.deleted is 'A tombstone: only the key counts.';
comment on column players.player is 'The player.';
comment on column players.display_name is 'Name that others see; erased once the player is.';
comment on column players.status is 'Where the account stands.';
comment on column players.registered_at is 'Since when.';

create table proofs (
    "position" bigint not null,
    deleted boolean not null,
    player uuid not null,
    seed_number bigint,
    seed_hash bytea,
    next_seed_hash bytea,
    client_seed text collate "C",
    constraint proofs_whole check (deleted or num_nulls(seed_number, seed_hash, next_seed_hash, client_seed) = 0),
    primary key (player)
) with (fillfactor = 85);
comment on table proofs is 'The seeds in use for a player''s draws.';
comment on column proofs."position" is 'Position of the event that last touched the row.';
comment on column proofs.deleted is 'A tombstone: only the key counts.';
comment on column proofs.player is 'The player.';
comment on column proofs.seed_number is 'Number of the server seed in use.';
comment on column proofs.seed_hash is 'SHA-256 of it.';
comment on column proofs.next_seed_hash is 'SHA-256 of the one after it.';
comment on column proofs.client_seed is 'The player''s seed.';

create table wallets (
    "position" bigint not null,
    deleted boolean not null,
    player uuid not null,
    free bigint,
    paid bigint,
    constraint wallets_whole check (deleted or num_nulls(free, paid) = 0),
    primary key (player)
) with (fillfactor = 85);
comment on table wallets is 'A player''s currency.';
comment on column wallets."position" is 'Position of the event that last touched the row.';
comment on column wallets.deleted is 'A tombstone: only the key counts.';
comment on column wallets.player is 'The player.';
comment on column wallets.free is 'Free currency.';
comment on column wallets.paid is 'Paid currency.';

create table characters (
    "position" bigint not null,
    deleted boolean not null,
    player uuid not null,
    "character" text collate "C" not null,
    rarity smallint,
    copies bigint,
    constraint characters_whole check (deleted or num_nulls(rarity, copies) = 0),
    primary key (player, "character")
) with (fillfactor = 85);
comment on table characters is 'A character a player owns.';
comment on column characters."position" is 'Position of the event that last touched the row.';
comment on column characters.deleted is 'A tombstone: only the key counts.';
comment on column characters.player is 'The player.';
comment on column characters."character" is 'The character.';
comment on column characters.rarity is 'Its rarity.';
comment on column characters.copies is 'How many copies.';

create table items (
    "position" bigint not null,
    deleted boolean not null,
    player uuid not null,
    item text collate "C" not null,
    count bigint,
    constraint items_whole check (deleted or num_nulls(count) = 0),
    primary key (player, item)
) with (fillfactor = 85);
comment on table items is 'An item a player owns.';
comment on column items."position" is 'Position of the event that last touched the row.';
comment on column items.deleted is 'A tombstone: only the key counts.';
comment on column items.player is 'The player.';
comment on column items.item is 'The item.';
comment on column items.count is 'How many.';

create table teams (
    "position" bigint not null,
    deleted boolean not null,
    player uuid not null,
    team bigint not null,
    name text collate "C",
    members bytea,
    constraint teams_whole check (deleted or num_nulls(name, members) = 0),
    primary key (player, team)
) with (fillfactor = 85);
comment on table teams is 'A team of four.';
comment on column teams."position" is 'Position of the event that last touched the row.';
comment on column teams.deleted is 'A tombstone: only the key counts.';
comment on column teams.player is 'The player.';
comment on column teams.team is 'Number of the team.';
comment on column teams.name is 'Its name.';
comment on column teams.members is 'Its characters. (msgpack)';

create table pities (
    "position" bigint not null,
    deleted boolean not null,
    player uuid not null,
    pity_group text collate "C" not null,
    draws bigint,
    constraint pities_whole check (deleted or num_nulls(draws) = 0),
    primary key (player, pity_group)
) with (fillfactor = 85);
comment on table pities is 'How far a player is from hard pity.';
comment on column pities."position" is 'Position of the event that last touched the row.';
comment on column pities.deleted is 'A tombstone: only the key counts.';
comment on column pities.player is 'The player.';
comment on column pities.pity_group is 'The group of packs.';
comment on column pities.draws is 'Draws since the last of the promised rarity.';

create table openings (
    "position" bigint not null,
    deleted boolean not null,
    player uuid not null,
    opening bigint not null,
    pack text collate "C",
    pack_version bigint,
    cost_free bigint,
    cost_paid bigint,
    item text collate "C",
    seed_number bigint,
    first_nonce bigint,
    pulls bytea,
    opened_at timestamptz,
    constraint openings_whole check (deleted or num_nulls(pack, pack_version, cost_free, cost_paid, seed_number, first_nonce, pulls, opened_at) = 0),
    primary key (player, opening)
) with (fillfactor = 85);
comment on table openings is 'One opening in a player''s full history.';
comment on column openings."position" is 'Position of the event that last touched the row.';
comment on column openings.deleted is 'A tombstone: only the key counts.';
comment on column openings.player is 'The player.';
comment on column openings.opening is 'Its number, from 1.';
comment on column openings.pack is 'The pack.';
comment on column openings.pack_version is 'Version of its table.';
comment on column openings.cost_free is 'Free currency spent.';
comment on column openings.cost_paid is 'Paid currency spent.';
comment on column openings.item is 'Item spent.';
comment on column openings.seed_number is 'Number of the server seed.';
comment on column openings.first_nonce is 'Nonce of the first draw.';
comment on column openings.pulls is 'What was drawn. (msgpack)';
comment on column openings.opened_at is 'When.';

create table packs (
    "position" bigint not null,
    deleted boolean not null,
    pack text collate "C" not null,
    version bigint,
    name text collate "C",
    status smallint,
    price bigint,
    ten_price bigint,
    pity_group text collate "C",
    hard_pity bigint,
    pity_rarity smallint,
    item text collate "C",
    limited boolean,
    constraint packs_whole check (deleted or num_nulls(version, name, status, price, ten_price, pity_group, hard_pity, pity_rarity, limited) = 0),
    primary key (pack)
);
comment on table packs is 'A pack.';
comment on column packs."position" is 'Position of the event that last touched the row.';
comment on column packs.deleted is 'A tombstone: only the key counts.';
comment on column packs.pack is 'Its key.';
comment on column packs.version is 'Version of its table.';
comment on column packs.name is 'Its name.';
comment on column packs.status is 'Whether it can be opened.';
comment on column packs.price is 'Price of one opening.';
comment on column packs.ten_price is 'Price of ten at once.';
comment on column packs.pity_group is 'Its pity group.';
comment on column packs.hard_pity is 'Draws within which pity_rarity is certain; 0 for none.';
comment on column packs.pity_rarity is 'What hard pity promises.';
comment on column packs.item is 'The item that opens it.';
comment on column packs.limited is 'Whether stock limits it.';

create table pack_odds (
    "position" bigint not null,
    deleted boolean not null,
    pack text collate "C" not null,
    "character" text collate "C" not null,
    rarity smallint,
    numerator bigint,
    denominator bigint,
    version bigint,
    rarity_weight bigint,
    weight bigint,
    constraint pack_odds_whole check (deleted or num_nulls(rarity, numerator, denominator, version, rarity_weight, weight) = 0),
    primary key (pack, "character")
);
comment on table pack_odds is 'The exact chance of one character in one draw of a pack, pity apart: numerator / denominator.';
comment on column pack_odds."position" is 'Position of the event that last touched the row.';
comment on column pack_odds.deleted is 'A tombstone: only the key counts.';
comment on column pack_odds.pack is 'The pack.';
comment on column pack_odds."character" is 'The character.';
comment on column pack_odds.rarity is 'Its rarity.';
comment on column pack_odds.numerator is 'Ways to draw it...';
comment on column pack_odds.denominator is '...out of this many.';
comment on column pack_odds.version is 'Version of the pack''s table.';
comment on column pack_odds.rarity_weight is 'Weight of its rarity: what the draw itself uses, to recompute it.';
comment on column pack_odds.weight is 'Its weight within its rarity.';

create table stocks (
    "position" bigint not null,
    deleted boolean not null,
    pack text collate "C" not null,
    limited boolean,
    remaining bigint,
    constraint stocks_whole check (deleted or num_nulls(limited, remaining) = 0),
    primary key (pack)
);
comment on table stocks is 'What is left of a limited pack.';
comment on column stocks."position" is 'Position of the event that last touched the row.';
comment on column stocks.deleted is 'A tombstone: only the key counts.';
comment on column stocks.pack is 'The pack.';
comment on column stocks.limited is 'Whether stock limits the pack.';
comment on column stocks.remaining is 'Draws left.';

create table character_catalogue (
    "position" bigint not null,
    deleted boolean not null,
    "character" text collate "C" not null,
    name text collate "C",
    rarity smallint,
    description text collate "C",
    constraint character_catalogue_whole check (deleted or num_nulls(name, rarity) = 0),
    primary key ("character")
);
comment on table character_catalogue is 'A character of the catalogue.';
comment on column character_catalogue."position" is 'Position of the event that last touched the row.';
comment on column character_catalogue.deleted is 'A tombstone: only the key counts.';
comment on column character_catalogue."character" is 'Its key.';
comment on column character_catalogue.name is 'Its name.';
comment on column character_catalogue.rarity is 'Its rarity.';
comment on column character_catalogue.description is 'A sentence about it.';

create table item_catalogue (
    "position" bigint not null,
    deleted boolean not null,
    item text collate "C" not null,
    name text collate "C",
    description text collate "C",
    constraint item_catalogue_whole check (deleted or num_nulls(name) = 0),
    primary key (item)
);
comment on table item_catalogue is 'An item of the catalogue.';
comment on column item_catalogue."position" is 'Position of the event that last touched the row.';
comment on column item_catalogue.deleted is 'A tombstone: only the key counts.';
comment on column item_catalogue.item is 'Its key.';
comment on column item_catalogue.name is 'Its name.';
comment on column item_catalogue.description is 'A sentence about it.';

create table pull_statistics (
    "position" bigint not null,
    deleted boolean not null,
    pack text collate "C" not null,
    version bigint not null,
    "character" text collate "C" not null,
    observed bigint,
    constraint pull_statistics_whole check (deleted or num_nulls(observed) = 0),
    primary key (pack, version, "character")
);
comment on table pull_statistics is 'How often a character was drawn from one version of a pack: to be held against its published odds.';
comment on column pull_statistics."position" is 'Position of the event that last touched the row.';
comment on column pull_statistics.deleted is 'A tombstone: only the key counts.';
comment on column pull_statistics.pack is 'The pack.';
comment on column pull_statistics.version is 'Version of its table.';
comment on column pull_statistics."character" is 'The character.';
comment on column pull_statistics.observed is 'Draws that gave it, of all players.';
